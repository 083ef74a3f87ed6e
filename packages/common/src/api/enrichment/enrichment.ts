import { z } from 'zod';
import {
  indicatorLookupAnswerSchema,
  indicatorLookupRequestSchema,
} from '../../enrichment/indicator-lookup.js';
import { problemSchema } from '../http/problem.js';

/** Values that one request may look up. */
export const MAX_LOOKUP_ITEMS = 100;
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
