import { z } from 'zod';
import { uuidSchema } from '../ids.js';
import { timestampSchema } from './http/fields.js';

export const FINDING_LIMITS = {
  summaryCharacters: 10_000,
  recommendedActions: 50,
  actionCharacters: 2_000,
} as const;

const findingFields = {
  summary: z.string().trim().min(1).max(FINDING_LIMITS.summaryCharacters),
  confidence: z.number().min(0).max(1),
  recommended_actions: z
    .array(z.string().min(1).max(FINDING_LIMITS.actionCharacters))
    .max(FINDING_LIMITS.recommendedActions),
  details: z.record(z.string(), z.unknown()),
  classification: z.string().min(1).max(200),
};

export const createFindingSchema = z
  .strictObject({
    summary: findingFields.summary,
    confidence: findingFields.confidence.optional(),
    recommended_actions: findingFields.recommended_actions.default([]),
    details: findingFields.details.default({}),
    classification: findingFields.classification.optional(),
  })
  .meta({ id: 'CreateFinding' });
export type CreateFinding = z.infer<typeof createFindingSchema>;

export const findingSchema = z
  .object({
    uuid: uuidSchema,
    alert_uuid: uuidSchema,
    ...findingFields,
    confidence: findingFields.confidence.optional(),
    classification: findingFields.classification.optional(),
    created_by: z.string().describe('Id of the API key that posted it'),
    created_at: timestampSchema,
  })
  .meta({ id: 'Finding' });
export type FindingResource = z.infer<typeof findingSchema>;
