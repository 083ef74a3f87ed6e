import { z } from 'zod';
import { alertReadingSchema } from '../api/alerts/alert-reading.js';
import { fieldMappingSchema } from '../api/sources/field-mapping.js';
import { sourceNameSchema } from '../api/http/fields.js';

export const dryRunRequestSchema = z.object({
  /** Name of a configured source; absent if a mapping is tried. */
  source_name: sourceNameSchema.optional(),
  field_mapping: fieldMappingSchema.optional(),
  payload: z.unknown(),
});
export type DryRunRequest = z.infer<typeof dryRunRequestSchema>;

export const dryRunAnswerSchema = z.object({
  alerts: z.array(
    z.object({
      reading: alertReadingSchema,
      /** Raw payload that would be stored; absent if it equals the payload of the request. */
      payload: z.unknown().optional(),
    }),
  ),
  alert_count: z.int(),
});
export type DryRunAnswer = z.infer<typeof dryRunAnswerSchema>;
