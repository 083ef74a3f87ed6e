import { z } from 'zod';
import { VERDICT_WORDS } from '../../alert/verdict-words.js';
import { uuidSchema } from '../../core/ids.js';
import { agentModeSchema } from '../agents/agent-mode.js';
import { timestampSchema } from '../http/fields.js';

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
    classification: z.enum(VERDICT_WORDS).optional(),
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
    agent_uuid: uuidSchema.optional().describe('The agent that the key belongs to'),
    agent_name: z.string().optional().describe('Its name when it posted this'),
    is_shadow: z
      .literal(true)
      .optional()
      .describe('Posted by an agent in shadow mode: listed only where that is asked for'),
    created_at: timestampSchema,
  })
  .meta({ id: 'Finding' });
export type FindingResource = z.infer<typeof findingSchema>;

export const findingFilterSchema = z.object({
  mode: agentModeSchema
    .default('active')
    .describe('`shadow`: the findings of agents in shadow mode, instead of those of all others'),
});
export type FindingFilter = z.infer<typeof findingFilterSchema>;
