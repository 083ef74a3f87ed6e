import { z } from 'zod';
import { uuidSchema } from '../core/ids.js';

export const reparseRequestSchema = z.object({ alert_id: uuidSchema, actor: z.string() });
export type ReparseRequest = z.infer<typeof reparseRequestSchema>;

export const reparseAnswerSchema = z.object({
  alert_id: uuidSchema,
  /** Further alerts in the same payload. They were ingested like any other. */
  further_alert_ids: z.array(uuidSchema),
});
export type ReparseAnswer = z.infer<typeof reparseAnswerSchema>;

/** Quarantined alerts of a source that one request can reparse. */
export const REPARSED_AT_ONCE = { default: 100, max: 500 } as const;

export const reparseSourceSchema = z
  .strictObject({
    limit: z
      .int()
      .min(1)
      .max(REPARSED_AT_ONCE.max)
      .default(REPARSED_AT_ONCE.default)
      .describe('Quarantined alerts that are read again, oldest first'),
    cursor: uuidSchema.optional().describe('`next_cursor` of the request before'),
  })
  .meta({ id: 'ReparseSource' });
export type ReparseSource = z.infer<typeof reparseSourceSchema>;

export const reparseSourceRequestSchema = z.object({
  source_name: z.string(),
  limit: z.int(),
  after: uuidSchema.optional(),
  actor: z.string(),
});
export type ReparseSourceRequest = z.infer<typeof reparseSourceRequestSchema>;

export const reparsedSourceSchema = z
  .object({
    reparsed_count: z.int().describe('Alerts that are read now and go through the pipeline'),
    further_count: z.int().describe('Alerts that their payloads held besides'),
    quarantined_count: z.int().describe('Alerts that still cannot be read'),
    next_cursor: uuidSchema.nullable().describe('null: no quarantined alert is left behind these'),
  })
  .meta({ id: 'ReparsedSource' });
export type ReparsedSource = z.infer<typeof reparsedSourceSchema>;
