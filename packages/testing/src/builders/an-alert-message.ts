import { type AlertMessage, newUuid } from '@calseta/common';

/** A valid message with new ids. */
export const anAlertMessage = (overrides: Partial<AlertMessage> = {}): AlertMessage => ({
  schema_version: 1,
  message_id: newUuid(),
  type: 'alert.ingested',
  alert_id: newUuid(),
  revision: 1,
  lane: 'normal',
  occurred_at: new Date().toISOString(),
  ...overrides,
});
