import { newUuid } from '@calseta/common';
import { type Connection, type Database, type Transaction } from '../../core/database.js';
import { groupByKey } from '../../core/group-by-key.js';
import { type IngestItem } from './ingest-item.js';
import { columnNames, type Columns, defineRows } from '../../core/rows.js';

/** Payloads of repeats that are kept per alert; later ones are counted only. */
export const MAX_OCCURRENCES_PER_ALERT = 100;

/** An item that an alert stands for already. */
export type Repeat = { alertId: string; item: IngestItem };

/**
 * Counts repeats on their alerts and keeps their payloads, all or nothing. The number of each among the
 * repeats of its alert, in the order given; undefined where the alert is gone, whose slot is given up.
 */
export async function countRepeats(
  database: Pick<Database, 'transaction'>,
  repeats: readonly Repeat[],
): Promise<(number | undefined)[]> {
  const groups = groupByKey(repeats.map((repeat) => [repeat.alertId, repeat] as const));
  const numbers = new Map<Repeat, number>();
  await database.transaction(async (client) => {
    for (const { id, count } of await addToCounts(client, groups)) {
      const group = groups.get(id) ?? [];
      group.forEach((repeat, index) => numbers.set(repeat, count - group.length + index + 1));
    }
    keepOccurrences(client, numbers);
    freeSlots(
      client,
      repeats.filter((repeat) => !numbers.has(repeat)),
    );
  });
  return repeats.map((repeat) => numbers.get(repeat));
}

const COUNTS = defineRows<[alertId: string, group: Repeat[]]>('given', {
  id: ['uuid', ([alertId]) => alertId],
  repeats: ['int', ([, { length }]) => length],
  seen_at: [
    'timestamptz',
    ([, group]) => new Date(Math.max(...group.map(({ item }) => item.receivedAt.getTime()))),
  ],
});

// Locked in the order of ids, as every other stage locks alerts. A statement of its own, so that it sees
// the alert that a process committed while the claim waited for the slot.
const ADD_TO_COUNTS = `
  WITH given AS (
    SELECT * FROM ${COUNTS.from}
  ), locked AS MATERIALIZED (
    SELECT alerts.id FROM alerts JOIN given USING (id) ORDER BY alerts.id FOR NO KEY UPDATE OF alerts
  )
  UPDATE alerts
     SET duplicate_count = duplicate_count + given.repeats,
         last_seen_at = greatest(last_seen_at, given.seen_at), updated_at = now()
    FROM given
   WHERE alerts.id = given.id AND given.id = ANY (ARRAY(SELECT id FROM locked))
  RETURNING alerts.id, alerts.duplicate_count AS count`;

/** Repeats of each alert after these; alerts that are gone are missing. */
async function addToCounts(
  client: Connection,
  groups: ReadonlyMap<string, Repeat[]>,
): Promise<{ id: string; count: number }[]> {
  const { rows } = await client.query<{ id: string; count: number }>(
    ADD_TO_COUNTS,
    COUNTS.parameters([...groups]),
  );
  return rows;
}

const OCCURRENCE: Columns<Repeat> = {
  id: ['uuid', () => newUuid()],
  alert_id: ['uuid', ({ alertId }) => alertId],
  received_at: ['timestamptz', ({ item }) => item.receivedAt],
  raw_payload: ['json', ({ item }) => item.rawPayload],
};
const OCCURRENCES = defineRows('given', OCCURRENCE);

function keepOccurrences(client: Transaction, numbers: ReadonlyMap<Repeat, number>): void {
  const kept = [...numbers]
    .filter(([, number]) => number <= MAX_OCCURRENCES_PER_ALERT)
    .map(([repeat]) => repeat);
  if (kept.length === 0) return;
  client.send(
    `INSERT INTO alert_occurrences (${columnNames(OCCURRENCE)}) SELECT * FROM ${OCCURRENCES.from}`,
    OCCURRENCES.parameters(kept),
  );
}

const SLOTS = defineRows<Repeat>('given', {
  source_name: ['text', ({ item }) => item.sourceName],
  dedup_key: ['text', ({ item }) => item.dedupKey],
  alert_id: ['uuid', ({ alertId }) => alertId],
});

/** Slots that outlived their alerts, unless somebody took them over meanwhile. */
function freeSlots(client: Transaction, repeats: readonly Repeat[]): void {
  if (repeats.length === 0) return;
  client.send(
    `DELETE FROM dedup_slots AS slot
      USING ${SLOTS.from}
      WHERE (slot.source_name, slot.dedup_key, slot.alert_id)
          = (given.source_name, given.dedup_key, given.alert_id)`,
    SLOTS.parameters(repeats),
  );
}
