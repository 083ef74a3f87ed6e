import { z } from 'zod';
import { maliceSchema } from '../alert/malice.js';
import { CLASSIFICATIONS } from '../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { LOOKUP_STATUSES } from './lookup-result.js';

export const indicatorLookupRequestSchema = z.object({
  type: indicatorTypeSchema,
  value: z.string().trim().min(1).max(2048),
});
export type IndicatorLookupRequest = z.infer<typeof indicatorLookupRequestSchema>;

export const indicatorLookupAnswerSchema = z.object({
  type: indicatorTypeSchema,
  /** Canonical value. */
  value: z.string(),
  classification: z.enum(CLASSIFICATIONS),
  is_malformed: z.boolean(),
  malice: maliceSchema,
  malice_reasons: z.array(z.string()),
  enrichment_results: z.record(
    z.string(),
    z.object({
      status: z.enum(LOOKUP_STATUSES),
      extracted: z.record(z.string(), z.unknown()),
      malice: maliceSchema,
      error: z.string().optional(),
      fetched_at: z.string(),
      cached: z.boolean(),
    }),
  ),
});
export type IndicatorLookupAnswer = z.infer<typeof indicatorLookupAnswerSchema>;
