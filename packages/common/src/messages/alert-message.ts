import { z } from 'zod';
import { uuidSchema } from '../ids.js';
import { LANES, MESSAGE_TYPES } from '../pipeline.js';

/**
 * A notification: "this alert reached a stage". It names the alert and never carries it; the consumer reads the
 * current state from Postgres. Fields may be added as optional ones only; anything else is a new
 * `schema_version`, and consumers accept the newest and the one before. Its trace context rides in AMQP headers.
 */
export const alertMessageSchema = z.object({
  schema_version: z.literal(1),
  message_id: uuidSchema,
  type: z.enum(MESSAGE_TYPES),
  alert_id: uuidSchema,
  /** The alert's revision that the stage belongs to; an older one than the alert's is stale. */
  revision: z.int().positive(),
  lane: z.enum(LANES),
  /** When the stage was committed; what queue wait is measured from. */
  occurred_at: z.iso.datetime(),
  /** The message whose handling caused this one. */
  causation_id: uuidSchema.optional(),
});

export type AlertMessage = z.infer<typeof alertMessageSchema>;
