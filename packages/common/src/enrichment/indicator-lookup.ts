import { z } from 'zod';
import { maliceSchema } from '../alert/malice.js';
import { CLASSIFICATIONS } from '../alert/extracted-indicator.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { tlpSchema } from '../alert/tlp.js';
import { problemSchema } from '../api/http/problem.js';
import { LOOKUP_STATUSES } from './lookup-result.js';

/** Values that one request may look up. */
export const MAX_LOOKUP_ITEMS = 100;
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
    .describe('Asks even where a stored answer is fresh; quotas and time-outs hold all the same'),
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

const itemsSchema = z
  .array(z.record(z.string(), z.unknown()))
  .min(1)
  .max(MAX_LOOKUP_ITEMS)
  .describe(
    `Instead of the other fields, up to ${MAX_LOOKUP_ITEMS} objects of them; one that does not fit is answered by itself`,
  );

/** One value, or several as `items`. */
export const enrichmentRequestSchema = indicatorLookupRequestSchema
  .partial()
  .extend({ items: itemsSchema.optional() })
  .superRefine(({ items, ...single }, context) => {
    if (items === undefined) {
      for (const name of ['type', 'value'] as const)
        if (single[name] === undefined)
          context.addIssue({ code: 'custom', path: [name], message: 'is missing' });
      return;
    }
    for (const name of Object.keys(single))
      context.addIssue({ code: 'custom', path: [name], message: 'belongs into each of `items`' });
  })
  .meta({ id: 'EnrichmentRequest' });

/** Of several values: an entry for each, in order. */
export const indicatorLookupsAnswerSchema = z
  .object({ results: z.array(z.union([indicatorLookupAnswerSchema, problemSchema])) })
  .meta({ id: 'IndicatorLookupsAnswer' });
export type IndicatorLookupsAnswer = z.infer<typeof indicatorLookupsAnswerSchema>;
