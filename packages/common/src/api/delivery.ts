import { z } from 'zod';
import { uuidSchema } from '../ids.js';
import { timestampSchema } from './http/fields.js';

/** How a push attempt ended. `unrendered`: its body could not be built. */
export const ATTEMPT_OUTCOMES = [
  'delivered',
  'rejected',
  'unreachable',
  'timeout',
  'blocked',
  'unrendered',
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
  })
  .meta({ id: 'DeliveryAttempt' });

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead', 'cancelled'] as const;

export const deliverySchema = z
  .object({
    uuid: uuidSchema,
    webhook_id: z.string().describe('The `webhook-id` header of every attempt'),
    kind: z.enum(['alert', 'test']),
    agent_uuid: uuidSchema,
    alert_uuid: uuidSchema.optional(),
    revision: z.int(),
    status: z.enum(DELIVERY_STATUSES),
    attempt_count: z.int(),
    next_attempt_at: timestampSchema.optional(),
    last_error: z.string().optional(),
    created_at: timestampSchema,
    finished_at: timestampSchema.optional(),
    attempts: z.array(deliveryAttemptSchema),
  })
  .meta({ id: 'Delivery' });
export type DeliveryResource = z.infer<typeof deliverySchema>;

export const deliveryFilterSchema = z.object({
  status: z.enum(DELIVERY_STATUSES).optional(),
  agent_uuid: uuidSchema.optional(),
  alert_uuid: uuidSchema.optional(),
});
export type DeliveryFilter = z.infer<typeof deliveryFilterSchema>;
