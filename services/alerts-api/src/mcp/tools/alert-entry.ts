import { type AlertSummary, alertSummarySchema } from '@calseta/common';
import { z } from 'zod';
import { cutValue } from '../answers/cut-value.js';

const { shape } = alertSummarySchema;

/** An alert in few words. */
export const briefAlertSchema = z.object({
  uuid: z.string(),
  title: shape.title,
  severity: shape.severity,
  status: shape.status,
  malice: shape.malice,
  source_name: shape.source_name,
  occurred_at: z.string(),
  tags: z.array(z.string()).optional(),
  hosts: z.array(z.string()).optional(),
  users: z.array(z.string()).optional(),
  indicator_count: z.int(),
  duplicate_count: z.int().optional(),
  close_classification: z.string().optional(),
});

const BRIEF = { characters: 160, items: 5 };

/** Says nothing of what is empty. */
export function toBriefAlert(alert: AlertSummary): z.input<typeof briefAlertSchema> {
  const { title, tags, hosts, users } = cutValue(
    { title: alert.title, tags: alert.tags, hosts: alert.hosts, users: alert.users },
    BRIEF,
  ).value;
  const { duplicate_count: repeats, close_classification: closedAs } = alert;
  return {
    uuid: alert.uuid,
    title,
    severity: alert.severity,
    status: alert.status,
    malice: alert.malice,
    source_name: alert.source_name,
    occurred_at: alert.occurred_at,
    ...(tags.length > 0 && { tags }),
    ...(hosts.length > 0 && { hosts }),
    ...(users.length > 0 && { users }),
    indicator_count: alert.indicator_count,
    ...(repeats > 0 && { duplicate_count: repeats }),
    ...(closedAs !== undefined && { close_classification: closedAs }),
  };
}
