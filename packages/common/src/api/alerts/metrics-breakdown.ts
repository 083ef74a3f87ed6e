import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';
import { MAX_TIMED_ALERTS } from './metrics.js';

/** Sources or detection rules that an answer lists: those with the most alerts. */
export const MAX_METRIC_GROUPS = 100;

/** 0–1, three digits; absent where nothing was counted. */
const shareSchema = z.number().min(0).max(1).optional();

const spanFields = { since: timestampSchema, until: timestampSchema };

const groupFields = {
  received_count: z.int().describe('Alerts that came in the span'),
  enriched: shareSchema.describe('Of these, those that every provider answered about'),
  closed_count: z.int().describe('Alerts that were closed in the span'),
  classified_count: z.int().describe('Of these, those with a classification'),
  false_positive_rate: shareSchema.describe('Of those that were classified'),
  median_time_to_triage_seconds: z
    .number()
    .optional()
    .describe(
      `Of the ${MAX_TIMED_ALERTS} alerts of the span that were closed last, from receipt until somebody took it up; absent: no alert`,
    ),
  median_time_to_close_seconds: z.number().optional().describe('Of the same alerts'),
};

/** Alerts of a span by their source. */
export const sourceMetricsSchema = z
  .object({
    ...spanFields,
    sources: z
      .array(z.object({ source_name: z.string(), ...groupFields }))
      .describe(`The ${MAX_METRIC_GROUPS} with the most alerts, most first`),
  })
  .meta({ id: 'SourceMetrics' });
export type SourceMetrics = z.infer<typeof sourceMetricsSchema>;

/** Alerts of a span by their detection rule. */
export const ruleMetricsSchema = z
  .object({
    ...spanFields,
    detection_rules: z
      .array(
        z.object({
          detection_rule_uuid: uuidSchema,
          name: z.string(),
          source_name: z.string().nullable(),
          ...groupFields,
        }),
      )
      .describe(`The ${MAX_METRIC_GROUPS} with the most alerts, most first`),
  })
  .meta({ id: 'RuleMetrics' });
export type RuleMetrics = z.infer<typeof ruleMetricsSchema>;
