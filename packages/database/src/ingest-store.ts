import { newUuid, type Severity } from '@calseta/common';
import { type Claim, claimAlerts, keyOf } from './claim-alerts.js';
import { type Connection, type Database } from './database.js';
import { type Group, type IngestItem } from './ingest-item.js';

export { type IngestItem } from './ingest-item.js';

export type IngestOutcome = {
  alertId: string;
  isDuplicate: boolean;
  /** Repeats of the alert so far, this one included. */
  duplicateCount: number;
  isQuarantined: boolean;
  severity: Severity;
};

export interface IngestStore {
  /**
   * Stores or counts every item; outcomes in the order of the items. After a failure the same items may be
   * tried again, in any grouping: what was stored is found, and no repeat was counted.
   */
  ingest(items: IngestItem[]): Promise<IngestOutcome[]>;
}

/** Payloads of repeats that are kept per alert; later ones are counted only. */
export const MAX_OCCURRENCES_PER_ALERT = 100;

/** The door of the pipeline: alerts are deduplicated and committed here. */
export const createIngestStore = (
  database: Pick<Database, 'query' | 'transaction'>,
): IngestStore => ({
  async ingest(items) {
    const claims = await claimAlerts(database, groupByKey(items));
    const repeated = claims.filter((claim) => repeatsOf(claim).length > 0);
    const settled =
      repeated.length === 0
        ? []
        : await database.transaction(async (client) => await settleRepeats(client, repeated));
    const counters = new Map<string, Counter>();
    for (const claim of claims) counters.set(keyOf(claim.group[0]), { ...claim, repeats: 0 });
    for (const counter of settled) counters.set(keyOf(counter.group[0]), counter);
    return items.map((item) => takeOutcome(item, counters.get(keyOf(item))));
  },
});

/** Sorted, so that every process takes the locks of the slots in the same order. */
function groupByKey(items: readonly IngestItem[]): Group[] {
  const groups = new Map<string, Group>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

const isStored = ({ group: [first], alertId }: Claim): boolean => first.alertId === alertId;

/** The items that repeat the alert that stands for them. */
const repeatsOf = (claim: Claim): IngestItem[] =>
  isStored(claim) ? claim.group.slice(1) : claim.group;

/** A claim with the repeats that its alert had before those of the group. */
type Counter = Claim & { repeats: number };

/** Counts repeats on their alerts and keeps their payloads. */
async function settleRepeats(client: Connection, claims: readonly Claim[]): Promise<Counter[]> {
  const counts = await countRepeats(client, claims);
  const gone = claims.filter(({ alertId }) => !counts.has(alertId));
  const counters = claims.flatMap((claim) => {
    const count = counts.get(claim.alertId);
    return count === undefined ? [] : [{ ...claim, repeats: count - repeatsOf(claim).length }];
  });
  await keepOccurrences(client, counters);
  if (gone.length === 0) return counters;
  // A slot that outlived its alert is given up, and the first repeat makes a new alert.
  await freeSlots(client, gone);
  const renewed = await claimAlerts(
    client,
    gone.map(({ group }) => group),
  );
  return [...counters, ...(await settleRepeats(client, renewed))];
}

async function freeSlots(client: Connection, claims: readonly Claim[]): Promise<void> {
  await client.query(
    `DELETE FROM dedup_slots USING unnest($1::text[], $2::text[]) AS given(source_name, dedup_key)
      WHERE dedup_slots.source_name = given.source_name AND dedup_slots.dedup_key = given.dedup_key`,
    [
      claims.map(({ group: [{ sourceName }] }) => sourceName),
      claims.map(({ group: [{ dedupKey }] }) => dedupKey),
    ],
  );
}

const lastSeen = (group: Group): Date =>
  new Date(Math.max(...group.map(({ receivedAt }) => receivedAt.getTime())));

// Locked in the order of ids, as every other stage locks alerts. A statement of its own, so that it sees
// the alert that a process committed while this one waited for the slot.
const COUNT_REPEATS = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS given(id, repeats, seen_at)
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
async function countRepeats(
  client: Connection,
  claims: readonly Claim[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; count: number }>(COUNT_REPEATS, [
    claims.map(({ alertId }) => alertId),
    claims.map((claim) => repeatsOf(claim).length),
    claims.map(({ group }) => lastSeen(group)),
  ]);
  return new Map(rows.map(({ id, count }) => [id, count]));
}

async function keepOccurrences(client: Connection, counters: readonly Counter[]): Promise<void> {
  const kept = counters.flatMap(({ repeats, ...claim }) => {
    const room = Math.max(0, MAX_OCCURRENCES_PER_ALERT - repeats);
    return repeatsOf(claim)
      .slice(0, room)
      .map((item) => ({ alertId: claim.alertId, item }));
  });
  if (kept.length === 0) return;
  await client.query(
    `INSERT INTO alert_occurrences (id, alert_id, received_at, raw_payload)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::json[])`,
    [
      kept.map(() => newUuid()),
      kept.map(({ alertId }) => alertId),
      kept.map(({ item }) => item.receivedAt),
      kept.map(({ item }) => item.rawPayload),
    ],
  );
}

/** Items of one key are numbered in the order in which they came. */
function takeOutcome(item: IngestItem, counter: Counter | undefined): IngestOutcome {
  if (!counter) throw new Error('An item was not counted.');
  const { alertId } = counter;
  const { severity } = item.alert;
  if (item.alertId === alertId) {
    const isQuarantined = item.quarantineReason !== undefined;
    return { alertId, isDuplicate: false, duplicateCount: 0, isQuarantined, severity };
  }
  counter.repeats += 1;
  const duplicateCount = counter.repeats;
  return { alertId, isDuplicate: true, duplicateCount, isQuarantined: false, severity };
}
