import { z } from 'zod';
import { jsonSchema } from '../core/json-schema.js';
import { maliceSchema } from '../alert/malice.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { uuidSchema } from '../core/ids.js';
import { LOOKUP_STATUSES } from './lookup-result.js';

/** Answers that one test may bring: more than a provider has steps. */
export const MAX_RECORDED_ANSWERS = 20;

const recordedAnswerSchema = z.strictObject({
  status: z.int().min(100).max(599),
  headers: z.record(z.string(), z.string()).optional(),
  body: jsonSchema,
});

/** What a provider is tried with. */
export const testProviderSchema = z
  .strictObject({
    indicator: z.strictObject({
      type: indicatorTypeSchema,
      value: z.string().trim().min(1).max(2_048),
    }),
    recorded: z
      .array(recordedAnswerSchema)
      .max(MAX_RECORDED_ANSWERS)
      .optional()
      .describe('Answers of its steps, in order; with them nothing is sent'),
  })
  .meta({ id: 'TestEnrichmentProvider' });
export type TestProvider = z.infer<typeof testProviderSchema>;

export const providerTestRequestSchema = testProviderSchema.extend({ provider_uuid: uuidSchema });
export type ProviderTestRequest = z.infer<typeof providerTestRequestSchema>;

/** What came of it; secrets are named, not shown. */
export const testedProviderSchema = z
  .object({
    status: z.enum(LOOKUP_STATUSES),
    malice: maliceSchema,
    reasons: z.array(z.string()),
    extracted: z.record(z.string(), z.unknown()),
    error_kind: z.string().optional(),
    error: z.string().optional(),
    wait_hint_seconds: z.number().optional(),
    steps: z.array(
      z.object({
        name: z.string(),
        outcome: z.string(),
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: z.record(z.string(), z.string()),
          body: z.string().optional(),
        }),
        response: z
          .object({
            status: z.int(),
            headers: z.record(z.string(), z.string()),
            body: z.string(),
          })
          .optional(),
      }),
    ),
  })
  .meta({ id: 'TestedEnrichmentProvider' });
export type TestedProvider = z.infer<typeof testedProviderSchema>;
