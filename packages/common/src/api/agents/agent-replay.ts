import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { instantSchema } from '../http/fields.js';

/** Deliveries that one replay makes or opens again; more need several calls, each for a part of the span. */
export const MAX_REPLAYED_DELIVERIES = 50_000;

export const replayAgentSchema = z
  .strictObject({
    since: instantSchema.describe('Alerts received from then on'),
    until: instantSchema.optional().describe('… and before then; by default now'),
    only: z
      .enum(['all', 'missed'])
      .default('all')
      .describe('missed: not what was delivered to it already'),
    dry_run: z.boolean().default(false).describe('Counts, and changes nothing'),
  })
  .meta({ id: 'ReplayAgent' });
export type ReplayAgent = z.infer<typeof replayAgentSchema>;

export const replayedAgentSchema = z
  .object({
    matched_count: z.int().describe('Alerts of the span that the filter takes now'),
    delivery_count: z.int().describe('Deliveries that were made or opened again, or would be'),
  })
  .meta({ id: 'ReplayedAgent' });
export type ReplayedAgent = z.infer<typeof replayedAgentSchema>;

export const dispatchAlertSchema = z
  .strictObject({
    agent_uuid: uuidSchema.describe('The agent that it is pushed to, whatever its filter'),
  })
  .meta({ id: 'DispatchAlert' });
export type DispatchAlert = z.infer<typeof dispatchAlertSchema>;
