import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { type Repeat } from './count-repeats.js';

const SLOTS = defineRows<Repeat>('given', {
  source_name: ['text', ({ item }) => item.sourceName],
  dedup_key: ['text', ({ item }) => item.dedupKey],
  alert_id: ['uuid', ({ alertId }) => alertId],
});

// A slot whose alert exists expires and keeps it as the previous alert; a slot whose alert is gone is deleted.
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

/** Lets the next message of a key open a new alert, unless another alert has taken the slot. */
export async function releaseSlots(
  database: Pick<Database, 'query'>,
  repeats: readonly Repeat[],
): Promise<void> {
  if (repeats.length > 0) await database.query(RELEASE, SLOTS.parameters(repeats));
}
