import { z } from 'zod';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { uuidSchema } from '../core/ids.js';

/** JSON of the lookups that a plan lists, in bytes; further ones are only counted. */
export const MAX_PLANNED_BYTES = 131_072;

/** What becomes of a lookup, in the order in which a plan lists them. */
export const PLANNED_OUTCOMES = ['asked', 'skipped', 'cached', 'answered_here'] as const;

export const enrichmentPlanRequestSchema = z.object({ alert_id: uuidSchema });

const countsSchema = z.object({
  asked: z.int(),
  skipped: z.int(),
  cached: z.int(),
  answered_here: z.int(),
});

const plannedLookupSchema = z.object({
  type: indicatorTypeSchema,
  value: z.string(),
  provider: z.string(),
  outcome: z
    .enum(PLANNED_OUTCOMES)
    .describe(
      '`asked`: a question would be sent, should breaker and quota let it; `answered_here`: by a provider that sends ' +
        'nothing; `cached`: the stored answer is still good; `skipped`: the provider is not told of it',
    ),
  age_seconds: z.int().optional().describe('Of the stored answer'),
  reason: z.string().optional().describe('Why it is skipped'),
});
export type PlannedLookup = z.infer<typeof plannedLookupSchema>;

/** What an enrichment would ask now. */
export const enrichmentPlanSchema = z
  .object({
    counts: countsSchema,
    providers: z
      .array(
        z.object({
          name: z.string(),
          counts: countsSchema,
          request_count: z.int().describe('Requests that these questions send at most'),
        }),
      )
      .describe('Those that may be asked about one of the indicators'),
    silent_providers: z
      .array(z.object({ name: z.string(), reason: z.string() }))
      .describe('Those that are asked about nothing'),
    lookups: z
      .array(plannedLookupSchema)
      .describe(
        'Each provider with each indicator of a type that it takes: first those that would be asked. At most ' +
          `${MAX_PLANNED_BYTES} bytes; \`counts\` counts all`,
      ),
  })
  .meta({ id: 'EnrichmentPlan' });
export type EnrichmentPlan = z.infer<typeof enrichmentPlanSchema>;
