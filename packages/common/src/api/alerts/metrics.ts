import { z } from 'zod';
import { severitySchema } from '../../alert/severity.js';
import { alertStatusSchema } from '../../alert/status.js';
import { timestampSchema } from '../http/fields.js';

/** Durations are those of so many alerts of a span, of the ones that were closed last. */
export const MAX_TIMED_ALERTS = 20_000;

/** 0–1, three digits; absent where nothing was counted. */
const shareSchema = z.number().min(0).max(1).optional();
const durationSchema = z
  .object({
    alert_count: z.int().describe(`At most ${MAX_TIMED_ALERTS}: those that were closed last`),
    mean: z.number().optional().describe('Absent: no alert'),
    median: z.number().optional(),
    p95: z.number().optional(),
  })
  .describe('Seconds');

/** How much comes in, how fast it is handled, and what waits. */
export const metricsSummarySchema = z
  .object({
    since: timestampSchema,
    until: timestampSchema,
    received: z
      .object({
        alert_count: z.int(),
        by_severity: z.partialRecord(severitySchema, z.int()),
        by_source: z.record(z.string(), z.int()).describe('The sources with the most alerts'),
      })
      .describe('Alerts that came in the span'),
    closed: z
      .object({
        alert_count: z.int(),
        by_classification: z.record(z.string(), z.int()).describe('As they were closed'),
        false_positive_rate: shareSchema.describe('Of those that were classified'),
        time_to_triage_seconds: durationSchema.describe('From receipt until somebody took it up'),
        time_to_close_seconds: durationSchema.describe('From receipt until it was closed'),
      })
      .describe('Alerts that were closed in the span'),
    coverage: z.object({
      enriched: shareSchema.describe('Alerts of the span that every provider answered about'),
      with_detection_rule: shareSchema.describe('Alerts of the span whose detection rule is known'),
      documented_detection_rules: shareSchema.describe('Active detection rules with documentation'),
    }),
    now: z
      .object({
        open_alerts: z.partialRecord(alertStatusSchema, z.int()),
        stages: z
          .array(
            z.object({
              stage: z.string(),
              waiting_count: z.int(),
              oldest_age_seconds: z.number(),
            }),
          )
          .describe('Alerts that wait for a service at each stage of the pipeline'),
        failed_alerts: z.int(),
        quarantined_alerts: z.int(),
        deliveries: z.object({
          pending_count: z.int(),
          oldest_pending_seconds: z.number(),
          dead_count: z.int(),
        }),
      })
      .describe('At the time of the answer; counts end at 100,000'),
    providers: z
      .array(
        z.object({
          name: z.string(),
          last_success_at: timestampSchema.optional(),
          last_failure_at: timestampSchema.optional(),
          last_failure: z.string().optional().describe('Kind and reason'),
          left_alone_until: timestampSchema.optional(),
          lookup_count: z.int().describe('Of late, as its `state` says'),
          cached_count: z.int().describe('Of these, answered from the cache'),
        }),
      )
      .describe('Enrichment providers that were asked'),
  })
  .meta({ id: 'MetricsSummary' });
export type MetricsSummary = z.infer<typeof metricsSummarySchema>;
