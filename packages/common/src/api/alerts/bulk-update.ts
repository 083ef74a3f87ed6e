import { z } from 'zod';
import { alertStatusSchema } from '../../alert/status.js';
import { uuidSchema } from '../../core/ids.js';
import { updateAlertSchema } from './alert.js';

/** Alerts that one request changes. */
export const MAX_BULK_ALERTS = 100;

export const bulkUpdateSchema = z
  .strictObject({
    alert_uuids: z.array(uuidSchema).min(1).max(MAX_BULK_ALERTS),
    status: updateAlertSchema.shape.status,
    close_classification: updateAlertSchema.shape.close_classification,
    assignee: updateAlertSchema.shape.assignee,
  })
  .refine((input) => Object.keys(input).length > 1, {
    message: 'nothing to change',
  })
  .meta({ id: 'UpdateAlerts' });
export type BulkUpdate = z.infer<typeof bulkUpdateSchema>;

export const bulkUpdateResultSchema = z
  .object({
    results: z
      .array(
        z.object({
          alert_uuid: uuidSchema,
          status: alertStatusSchema.optional().describe('The status of the alert now'),
          error: z
            .object({ code: z.string(), detail: z.string() })
            .optional()
            .describe('Why this alert was not changed; the others were'),
        }),
      )
      .describe('One for each alert, in order'),
    changed_count: z.int(),
  })
  .meta({ id: 'UpdatedAlerts' });
export type BulkUpdateResult = z.infer<typeof bulkUpdateResultSchema>;
