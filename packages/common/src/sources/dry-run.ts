import { z } from 'zod';
import { alertReadingSchema } from '../api/alert-reading.js';
import { fieldMappingSchema } from '../api/field-mapping.js';
import { sourceNameSchema } from '../api/http/fields.js';

export const dryRunRequestSchema = z.object({
  /** Of a configured source, unless a mapping is tried. */
  source_name: sourceNameSchema.optional(),
  field_mapping: fieldMappingSchema.optional(),
  payload: z.unknown(),
});
export type DryRunRequest = z.infer<typeof dryRunRequestSchema>;

export const dryRunAnswerSchema = z.object({
  alerts: z.array(
    z.object({
      reading: alertReadingSchema,
      /** What would be stored as the raw payload; absent when it is the request's own. */
      payload: z.unknown().optional(),
    }),
  ),
  alert_count: z.int(),
});
export type DryRunAnswer = z.infer<typeof dryRunAnswerSchema>;
