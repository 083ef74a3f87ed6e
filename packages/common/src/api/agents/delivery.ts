import { z } from 'zod';
import { AGENT_EVENTS } from '../../events/operator-event.js';
import { severitySchema } from '../../alert/severity.js';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';

/**
 * How a push attempt ended. `unrendered`: its body could not be built. `interrupted`: the dispatcher stopped, or the
 * agent closed a reused connection, before there was an answer.
 */
export const ATTEMPT_OUTCOMES = [
  'delivered',
  'rejected',
  'unreachable',
  'timeout',
  'blocked',
  'unrendered',
  'interrupted',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const deliveryAttemptSchema = z
  .object({
    number: z.int(),
    started_at: timestampSchema,
    duration_ms: z.int(),
    outcome: z.string().describe(`One of ${ATTEMPT_OUTCOMES.join(', ')}`),
    status_code: z.int().optional(),
    response_body: z.string().optional().describe('The first part of what the agent answered'),
    error: z.string().optional(),
    note: z
      .string()
      .optional()
      .describe(
        'What was odd about the answer, though it decided nothing: a body that never ended, say',
      ),
  })
  .meta({ id: 'DeliveryAttempt' });

export const DELIVERY_KINDS = ['alert', 'test', 'event'] as const;
export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead', 'cancelled'] as const;

export const deliverySchema = z
  .object({
    uuid: uuidSchema,
    webhook_id: z.string().describe('The `webhook-id` header of every attempt'),
    kind: z.enum(DELIVERY_KINDS),
    event: z.enum(AGENT_EVENTS).describe('What the push says, the `event` of its body'),
    agent_uuid: uuidSchema,
    alert_uuid: uuidSchema.optional().describe('Absent for an event'),
    revision: z.int(),
    severity: severitySchema.describe(
      'Of the alert when the delivery was made; the most urgent go first',
    ),
    status: z
      .enum(DELIVERY_STATUSES)
      .describe('dead: given up, see `last_error`; `POST …/retry` opens it again'),
    attempt_count: z.int().describe('All attempts, those before it was opened again included'),
    next_attempt_at: timestampSchema.optional(),
    last_error: z.string().optional(),
    created_at: timestampSchema,
    finished_at: timestampSchema.optional(),
    attempts: z.array(deliveryAttemptSchema).describe('Those since it was opened last'),
    earlier_attempts: z
      .array(deliveryAttemptSchema)
      .optional()
      .describe('Those before it was opened again, by a retry or a replay'),
  })
  .meta({ id: 'Delivery' });
export type DeliveryResource = z.infer<typeof deliverySchema>;

export const deliveryFilterSchema = z.object({
  kind: z
    .enum(DELIVERY_KINDS)
    .optional()
    .describe('Without it, those of alerts and events; test pushes stand apart, under `test`'),
  status: z.enum(DELIVERY_STATUSES).optional(),
  agent_uuid: uuidSchema.optional(),
  alert_uuid: uuidSchema.optional(),
});
export type DeliveryFilter = z.infer<typeof deliveryFilterSchema>;
