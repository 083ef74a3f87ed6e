import type { NormalizedAlert, Severity } from '@calseta/common';
import type { NormalizeOutcome } from '../source-plugin.js';
import type { Located } from './located.js';

const OPTIONAL = [
  'description',
  'severityOriginal',
  'occurredAt',
  'nativeAlertId',
  'sourceRuleId',
  'sourceRuleName',
  'sourceUrl',
  'sourceStatus',
  'isEnd',
  'isTitleAssumed',
] as const;
type Optional = Pick<NormalizedAlert, (typeof OPTIONAL)[number]>;
type Lists = Omit<NormalizedAlert, keyof Optional | 'title' | 'severity'>;

export type AlertParts = { title: string; severity: Severity } & {
  [K in keyof Optional]?: Optional[K] | undefined;
} & Partial<Lists>;

type NormalizedOutcome = Extract<NormalizeOutcome, { kind: 'normalized' }>;

export const CUT_NOTE =
  'Some fields were not read: they lie among more values and keys than reading may look at.';

/**
 * A normalised alert from the parts that were found from a place in a payload; what it had not is absent or
 * empty. Notes that the reading was cut.
 */
export function assembleAlert({ reading }: Located, parts: AlertParts): NormalizedOutcome {
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
  const outcome: NormalizedOutcome = { kind: 'normalized', alert };
  return reading.budget.isCut ? cutShort(outcome, CUT_NOTE) : outcome;
}

/** The outcome of a reading that a limit cut short, with a note that says so. */
export const cutShort = ({ kind, alert }: NormalizedOutcome, note: string): NormalizedOutcome => ({
  kind,
  alert: { ...alert, notes: [...alert.notes, note] },
  isCut: true,
});
