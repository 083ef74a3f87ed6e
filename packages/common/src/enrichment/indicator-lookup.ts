import { z } from 'zod';
import { maliceSchema } from '../alert/malice.js';
import { CLASSIFICATIONS } from '../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { tlpSchema } from '../alert/tlp.js';
import { uuidSchema } from '../core/ids.js';
import { LOOKUP_STATUSES } from './lookup-result.js';

/** Providers that one lookup may name. */
export const MAX_NAMED_PROVIDERS = 50;

/** Which providers are asked, and whether a stored answer will do. */
export const lookupScopeSchema = z.strictObject({
  providers: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(MAX_NAMED_PROVIDERS)
    .optional()
    .describe('Names of the providers to ask; all by default'),
  bypass_cache: z
    .boolean()
    .optional()
    .describe('Asks even where a stored answer is fresh; quotas and time-outs still apply'),
});
export type LookupScopeInput = z.infer<typeof lookupScopeSchema>;

export const indicatorLookupRequestSchema = lookupScopeSchema
  .extend({
    type: indicatorTypeSchema,
    value: z.string().trim().min(1).max(2048),
    tlp: tlpSchema.optional().describe('Providers that are told less than this are skipped'),
  })
  .meta({ id: 'IndicatorLookup' });
export type IndicatorLookupRequest = z.infer<typeof indicatorLookupRequestSchema>;

export const indicatorLookupAnswerSchema = z
  .object({
    type: indicatorTypeSchema,
    value: z.string().describe('Canonical value'),
    classification: z.enum(CLASSIFICATIONS),
    is_malformed: z.boolean(),
    malice: maliceSchema.describe('A person’s override, else the computed verdict'),
    malice_reasons: z.array(z.string()),
    enrichment_results: z.record(
      z.string(),
      z.object({
        status: z.enum(LOOKUP_STATUSES),
        extracted: z.record(z.string(), z.unknown()),
        malice: maliceSchema,
        reason: z.string().optional().describe('Why there is no answer'),
        fetched_at: z.string(),
        cached: z.boolean().describe('Taken from an earlier lookup'),
        age_seconds: z.int().describe('Age of the answer'),
      }),
    ),
  })
  .meta({ id: 'IndicatorLookupAnswer' });
export type IndicatorLookupAnswer = z.infer<typeof indicatorLookupAnswerSchema>;

export const alertEnrichmentRequestSchema = lookupScopeSchema.extend({
  alert_id: uuidSchema,
  /** Id of the API key that asked for it. */
  actor: z.string(),
});

export const alertEnrichmentAnswerSchema = z.object({ is_changed: z.boolean() });
