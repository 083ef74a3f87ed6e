import { z } from 'zod';
import { isAtLeast, SEVERITIES, severitySchema } from '../alert/severity.js';
import { type AlertFacts } from './alert-facts.js';

/** A severity in any letter case. */
const severityInAnyCase = z.preprocess(
  (word) =>
    typeof word === 'string'
      ? (SEVERITIES.find((known) => known.toLowerCase() === word.trim().toLowerCase()) ?? word)
      : word,
  severitySchema,
);

/** The alerts that an agent receives. All given filters must match; without filters, it receives every alert. */
export const triggerFilterSchema = z
  .strictObject({
    min_severity: severityInAnyCase.describe('Minimum severity, in any letter case').optional(),
    source_names: z
      .array(z.string().trim().toLowerCase().min(1).max(200))
      .max(100)
      .describe('Only alerts from these sources, in any letter case')
      .optional(),
    tags: z
      .array(z.string().trim().min(1).max(200))
      .max(100)
      .describe('Only alerts that carry at least one of these tags, in any letter case')
      .optional(),
  })
  .meta({ id: 'TriggerFilter' });

export type TriggerFilter = z.infer<typeof triggerFilterSchema>;

/** `clause` is the filter that did not match. It is shown in the alert's activity. */
export type TriggerDecision = { matches: true } | { matches: false; clause: string };

/** Whether an alert matches the filter of an agent. An empty list matches every alert. */
export function matchTriggerFilter(
  filter: TriggerFilter,
  { alert }: { alert: Pick<AlertFacts['alert'], 'severity' | 'sourceName' | 'tags'> },
): TriggerDecision {
  const { min_severity: minimum, source_names: sources = [], tags = [] } = filter;
  if (minimum && !isAtLeast(alert.severity, minimum)) {
    return { matches: false, clause: `min_severity: ${alert.severity} is below ${minimum}` };
  }
  if (sources.length > 0 && !sources.includes(alert.sourceName)) {
    return { matches: false, clause: `source_names: ${alert.sourceName} is not listed` };
  }
  if (tags.length > 0 && !carriesOne(alert.tags, tags)) {
    return { matches: false, clause: 'tags: the alert carries none of them' };
  }
  return { matches: true };
}

function carriesOne(carried: readonly string[], wanted: readonly string[]): boolean {
  const folded = new Set(wanted.map((tag) => tag.toLowerCase()));
  return carried.some((tag) => folded.has(tag.toLowerCase()));
}
