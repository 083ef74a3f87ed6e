import { z } from 'zod';
import { uuidSchema } from '../core/ids.js';
import { LANES, MESSAGE_TYPES } from '../pipeline.js';

/**
 * A notification that an alert reached a stage. It contains the id of the alert, not the alert; the consumer reads
 * the current state from Postgres. New fields must be optional. Any other change needs a new `schema_version`, and
 * consumers accept the newest version and the one before. The trace context is in the AMQP headers.
 */
export const alertMessageSchema = z.object({
  schema_version: z.literal(1),
  message_id: uuidSchema,
  type: z.enum(MESSAGE_TYPES),
  alert_id: uuidSchema,
  /** Revision of the alert. The message is stale if the alert has a newer one. */
  revision: z.int().positive(),
  lane: z.enum(LANES),
  /** When the stage was committed. Queue wait is measured from here. */
  occurred_at: z.iso.datetime(),
  /** Id of the message that caused this one. */
  causation_id: uuidSchema.optional(),
});

export type AlertMessage = z.infer<typeof alertMessageSchema>;
