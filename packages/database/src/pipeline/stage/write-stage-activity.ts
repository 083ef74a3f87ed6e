import { newUuid } from '@calseta/common';
import { type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';

type Note = { alertId: string; activity: Record<string, unknown> };

const NOTES = defineRows<Note>('given', {
  id: ['uuid', () => newUuid()],
  alert_id: ['uuid', ({ alertId }) => alertId],
  detail: ['jsonb', ({ activity }) => JSON.stringify(activity)],
});

/** Adds an activity entry with the result of a stage to each alert. */
export function writeStageActivity(
  client: Transaction,
  { kind, actor }: { kind: string; actor: string },
  items: readonly Note[],
): void {
  client.send(
    `INSERT INTO activity (id, alert_id, at, kind, actor, detail)
     SELECT id, alert_id, now(), $${NOTES.nextParameter}, $${NOTES.nextParameter + 1}, detail
       FROM ${NOTES.from}`,
    [...NOTES.parameters(items), kind, actor],
  );
}
