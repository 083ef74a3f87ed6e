import { type Transaction } from '../../core/database.js';
import { type Columns, columnNames, defineRows, storedValues } from '../../core/rows.js';
import { type PendingUpdate } from './gather-update.js';

export type PendingOfAlert = { alertId: string; pending: PendingUpdate };

const COLUMNS: Columns<PendingOfAlert> = {
  alert_id: ['uuid', ({ alertId }) => alertId],
  pending_changes: ['jsonb', ({ pending }) => JSON.stringify(pending.pendingChanges)],
  pending_since: ['timestamptz', ({ pending }) => pending.pendingSince],
  is_urgent: ['bool', ({ pending }) => pending.isUrgent],
  restart_from: ['text', ({ pending }) => pending.restartFrom],
  peak_severity: ['text', ({ pending }) => pending.peakSeverity, 'peak_severity::severity'],
  peak_malice: ['text', ({ pending }) => pending.peakMalice, 'peak_malice::malice'],
};
const ROWS = defineRows('given', COLUMNS);

// An urgent update ignores waits that were decided earlier.
const SAVE = `
  INSERT INTO alert_updates AS waiting (${columnNames(COLUMNS)})
  SELECT ${storedValues(COLUMNS)} FROM ${ROWS.from}
  ON CONFLICT (alert_id) DO UPDATE
     SET pending_changes = excluded.pending_changes, pending_since = excluded.pending_since,
         is_urgent = excluded.is_urgent, restart_from = excluded.restart_from,
         held_count = CASE WHEN waiting.held_activity_id IS NULL THEN 0 ELSE waiting.held_count + 1 END,
         not_before = CASE WHEN excluded.is_urgent THEN now() ELSE waiting.not_before END`;

const COUNT_HELD = `
  UPDATE activity line SET detail = line.detail || jsonb_build_object('held_count', waiting.held_count)
    FROM alert_updates waiting
   WHERE waiting.alert_id = ANY($1::uuid[]) AND line.alert_id = waiting.alert_id
     AND line.id = waiting.held_activity_id`;

/** Saves updates that wait for a revision; the caller holds the locks of the alerts. */
export function savePending(client: Transaction, rows: readonly PendingOfAlert[]): void {
  if (rows.length === 0) return;
  client.send(SAVE, ROWS.parameters(rows));
  const held = rows.filter(({ pending }) => pending.heldActivityId !== null);
  if (held.length > 0) client.send(COUNT_HELD, [held.map(({ alertId }) => alertId)]);
}
