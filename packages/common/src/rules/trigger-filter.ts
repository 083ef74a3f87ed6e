import { z } from 'zod';
import { isAtLeast, severitySchema } from '../alert/severity.js';
import { type AlertFacts } from './alert-facts.js';

/** The alerts that an agent receives. All given filters must match; without filters, it receives every alert. */
export const triggerFilterSchema = z
  .strictObject({
    min_severity: severitySchema.describe('Minimum severity').optional(),
    source_names: z
      .array(z.string().min(1).max(200))
      .max(100)
      .describe('Only alerts from these sources')
      .optional(),
    tags: z
      .array(z.string().min(1).max(200))
      .max(100)
      .describe('Only alerts that carry at least one of these tags')
      .optional(),
  })
  .meta({ id: 'TriggerFilter' });

export type TriggerFilter = z.infer<typeof triggerFilterSchema>;

/** `clause` is the filter that did not match. It is shown in the alert's activity. */
export type TriggerDecision = { matches: true } | { matches: false; clause: string };

/** Whether an alert matches the filter of an agent. An empty list matches every alert. */
export function matchTriggerFilter(filter: TriggerFilter, alert: AlertFacts): TriggerDecision {
  const { min_severity: minimum, source_names: sources = [], tags = [] } = filter;
  if (minimum && !isAtLeast(alert.severity, minimum)) {
    return { matches: false, clause: `min_severity: ${alert.severity} is below ${minimum}` };
  }
  if (sources.length > 0 && !sources.includes(alert.sourceName)) {
    return { matches: false, clause: `source_names: ${alert.sourceName} is not listed` };
  }
  if (tags.length > 0 && !tags.some((tag) => alert.tags.includes(tag))) {
    return { matches: false, clause: 'tags: the alert carries none of them' };
  }
  return { matches: true };
}
