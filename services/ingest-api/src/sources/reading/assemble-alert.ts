import type { NormalizedAlert, Severity } from '@calseta/common';
import type { NormalizeOutcome } from '../source-plugin.js';

const OPTIONAL = [
  'description',
  'severityOriginal',
  'occurredAt',
  'nativeAlertId',
  'sourceRuleId',
  'sourceRuleName',
  'sourceUrl',
] as const;
type Optional = Pick<NormalizedAlert, (typeof OPTIONAL)[number]>;
type Lists = Omit<NormalizedAlert, keyof Optional | 'title' | 'severity'>;

export type AlertParts = { title: string; severity: Severity } & {
  [K in keyof Optional]?: Optional[K] | undefined;
} & Partial<Lists>;

/** A normalised alert from the parts that a payload had; what it had not is absent or empty. */
export function assembleAlert(parts: AlertParts): NormalizeOutcome {
  const alert: NormalizedAlert = {
    title: parts.title,
    severity: parts.severity,
    tags: parts.tags ?? [],
    mitreTactics: parts.mitreTactics ?? [],
    mitreTechniques: parts.mitreTechniques ?? [],
    fields: parts.fields ?? {},
    hosts: parts.hosts ?? [],
    users: parts.users ?? [],
    statedIndicators: parts.statedIndicators ?? [],
    notes: parts.notes ?? [],
  };
  for (const name of OPTIONAL) {
    const value = parts[name];
    if (value !== undefined) Object.assign(alert, { [name]: value });
  }
  return { kind: 'normalized', alert };
}
