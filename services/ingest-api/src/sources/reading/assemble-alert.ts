import type { NormalizedAlert, Severity } from '@calseta/common';
import type { NormalizeOutcome } from '../source-plugin.js';

type Optional = Pick<
  NormalizedAlert,
  | 'description'
  | 'severityOriginal'
  | 'occurredAt'
  | 'nativeAlertId'
  | 'sourceRuleId'
  | 'sourceRuleName'
  | 'sourceUrl'
>;
type Lists = Omit<NormalizedAlert, keyof Optional | 'title' | 'severity'>;

export type AlertParts = { title: string; severity: Severity } & {
  [K in keyof Optional]?: Optional[K] | undefined;
} & Partial<Lists>;

/** A normalised alert from the parts that a payload had; what it had not is absent or empty. */
export function assembleAlert(parts: AlertParts): NormalizeOutcome {
  const present = Object.fromEntries(
    Object.entries(parts).filter(([, value]) => value !== undefined),
  ) as AlertParts & Optional;
  return {
    kind: 'normalized',
    alert: {
      tags: [],
      mitreTactics: [],
      mitreTechniques: [],
      fields: {},
      hosts: [],
      users: [],
      statedIndicators: [],
      notes: [],
      ...present,
    },
  };
}
