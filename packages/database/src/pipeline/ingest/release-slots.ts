import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { type Repeat } from './count-repeats.js';

const SLOTS = defineRows<Repeat>('given', {
  source_name: ['text', ({ item }) => item.sourceName],
  dedup_key: ['text', ({ item }) => item.dedupKey],
  alert_id: ['uuid', ({ alertId }) => alertId],
});

// An alert that is there stays the one before; a slot that outlived its alert goes with it.
const RELEASE = `
  WITH given AS (
    SELECT DISTINCT source_name, dedup_key, alert_id FROM ${SLOTS.from}
  ), held AS MATERIALIZED (
    SELECT slot.source_name, slot.dedup_key, slot.alert_id
      FROM dedup_slots slot JOIN given USING (source_name, dedup_key, alert_id)
     ORDER BY slot.source_name, slot.dedup_key FOR UPDATE OF slot
  ), gone AS (
    DELETE FROM dedup_slots slot USING held
     WHERE (slot.source_name, slot.dedup_key) = (held.source_name, held.dedup_key)
       AND NOT EXISTS (SELECT FROM alerts WHERE id = held.alert_id)
  )
  UPDATE dedup_slots slot SET expires_at = least(slot.expires_at, clock_timestamp())
    FROM held
   WHERE (slot.source_name, slot.dedup_key) = (held.source_name, held.dedup_key)
     AND EXISTS (SELECT FROM alerts WHERE id = held.alert_id)`;

/** Lets the next message of a key open an alert, unless another stands for it meanwhile. */
export async function releaseSlots(
  database: Pick<Database, 'query'>,
  repeats: readonly Repeat[],
): Promise<void> {
  if (repeats.length > 0) await database.query(RELEASE, SLOTS.parameters(repeats));
}
