import { z } from 'zod';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { uuidSchema } from '../../core/ids.js';
import { enrichmentPlanSchema } from '../../enrichment/enrichment-plan.js';

/** First stage that a replay runs. It runs all later stages too, as a new revision. */
const replayFromSchema = z.enum(['extract', 'enrich', 'dispatch']);

export const replayAlertSchema = z
  .strictObject({
    from: replayFromSchema,
    mode: z
      .enum(['live', 'dry'])
      .default('live')
      .describe('`dry` changes nothing and answers what the replay would change'),
  })
  .meta({ id: 'ReplayAlert' });
export type ReplayAlert = z.infer<typeof replayAlertSchema>;

/** Agents that a preview names on each side; further ones are only counted. */
export const MAX_PREVIEWED_AGENTS = 1_000;

const previewedIndicatorsSchema = z.array(
  z.object({ type: indicatorTypeSchema, value: z.string() }),
);

const previewedAgentSchema = z.object({
  agent_uuid: uuidSchema,
  name: z.string(),
  got_before: z.boolean().describe('Whether an earlier revision was delivered to it'),
});

export const replayPreviewSchema = z
  .object({
    alert_uuid: uuidSchema,
    from: replayFromSchema,
    revision: z.int().describe('The revision that the replay would make'),
    extraction: z
      .object({
        added: previewedIndicatorsSchema,
        removed: previewedIndicatorsSchema,
        kept_count: z.int(),
        dropped_count: z.int().describe('Beyond the limit of an alert'),
        notes: z.array(z.string()).describe('What would be left out, and why'),
      })
      .optional()
      .describe('What today’s code and mappings find in the alert; for `extract` only'),
    enrichment: enrichmentPlanSchema
      .optional()
      .describe('What the providers would be asked; for `enrich` only. Nothing is asked for it'),
    dispatch: z.object({
      agent_count: z.int(),
      agents: z
        .array(previewedAgentSchema)
        .max(MAX_PREVIEWED_AGENTS)
        .describe('Those that would get the alert, also those that got it before'),
      excluded_agent_count: z.int(),
      excluded_agents: z
        .array(previewedAgentSchema.extend({ clause: z.string() }))
        .max(MAX_PREVIEWED_AGENTS)
        .describe('Those that would not, each with the clause; first those that got it before'),
      mute_uuid: uuidSchema.optional().describe('The mute because of which nobody would get it'),
      cancelled_delivery_count: z
        .int()
        .describe('Pushes of earlier revisions that still wait, and would be cancelled'),
    }),
    assumptions: z.array(z.string()).describe('What the preview cannot know, in words'),
  })
  .meta({ id: 'ReplayPreview' });
export type ReplayPreview = z.infer<typeof replayPreviewSchema>;
