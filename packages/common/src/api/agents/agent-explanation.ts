import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';

export const explainAgentQuerySchema = z.object({ alert_uuid: uuidSchema });

/** Why an agent did or did not get an alert. */
export const AGENT_VERDICTS = [
  'delivered',
  'waiting',
  'given_up',
  'cancelled',
  'quarantined',
  'failed',
  'in_pipeline',
  'muted',
  'registered_later',
  'switched_off',
  'declined_update',
  'filtered',
  'unknown',
] as const;
export type AgentVerdict = (typeof AGENT_VERDICTS)[number];

export const agentExplanationSchema = z
  .object({
    agent_uuid: uuidSchema,
    alert_uuid: uuidSchema,
    verdict: z.enum(AGENT_VERDICTS),
    explanation: z.string().describe('The same in a sentence, with what can be done'),
    at_dispatch: z
      .object({
        at: timestampSchema,
        matched: z.boolean(),
        clause: z.string().optional().describe('The clause that excluded the agent'),
      })
      .optional()
      .describe('The decision at the last dispatch; absent where that did not name the agent'),
    now: z
      .object({ matches: z.boolean(), clause: z.string().optional() })
      .describe('What the filter and the rule of the agent say about the alert as both are today'),
    deliveries: z
      .array(
        z.object({
          uuid: uuidSchema,
          revision: z.int(),
          status: z.string(),
          attempt_count: z.int(),
          last_error: z.string().optional(),
        }),
      )
      .describe('Newest first'),
    notes: z
      .array(z.string())
      .describe('Repeats, a severity that was not understood, and the like'),
  })
  .meta({ id: 'AgentExplanation' });
export type AgentExplanation = z.infer<typeof agentExplanationSchema>;
