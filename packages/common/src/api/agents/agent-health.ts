import { z } from 'zod';
import { EVENT_LIMIT, OPERATOR_EVENT_NAMES } from '../../events/operator-event.js';
import { timestampSchema } from '../http/fields.js';

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

/** How pushes to an agent fare. */
export const agentHealthSchema = z
  .object({
    failures_in_a_row: z
      .int()
      .describe(
        'Failed attempts since the last success that are the fault of the agent, not of one alert',
      ),
    failing_since: timestampSchema.optional(),
    breaker: z
      .enum(BREAKER_STATES)
      .describe(
        'open: it is left alone until `breaker_open_until`; half_open: one push probes whether it is back',
      ),
    breaker_open_until: timestampSchema.optional(),
    last_error: z
      .string()
      .optional()
      .describe('Kept after the error is mended; see `last_error_at`'),
    last_error_at: timestampSchema.optional(),
    waiting_count: z
      .int()
      .describe('Deliveries that wait for their next attempt, or for the agent to be switched on'),
    oldest_waiting_at: timestampSchema.optional().describe('When the oldest of them was made'),
    skipped_events: z
      .array(
        z.object({
          event: z.enum(OPERATOR_EVENT_NAMES),
          count: z.int(),
          last_skipped_at: timestampSchema,
        }),
      )
      .describe(
        `Events that were counted and not pushed: an agent gets ${EVENT_LIMIT.count} of a kind in ` +
          `${EVENT_LIMIT.windowSeconds} s at most`,
      ),
    disabled_at: timestampSchema
      .optional()
      .describe('Since when it is switched off: its deliveries wait as long'),
  })
  .meta({ id: 'AgentHealth' });
export type AgentHealth = z.infer<typeof agentHealthSchema>;
