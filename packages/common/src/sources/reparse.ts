import { z } from 'zod';
import { uuidSchema } from '../ids.js';

export const reparseRequestSchema = z.object({ alert_id: uuidSchema, actor: z.string() });
export type ReparseRequest = z.infer<typeof reparseRequestSchema>;

export const reparseAnswerSchema = z.object({
  alert_id: uuidSchema,
  /** Alerts that the payload held besides; they went in like any other. */
  further_alert_ids: z.array(uuidSchema),
});
export type ReparseAnswer = z.infer<typeof reparseAnswerSchema>;
