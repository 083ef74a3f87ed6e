import { newUuid, type Severity } from '@calseta/common';
import { type Connection, type Database } from './database.js';
import { type Claim, type Group, type IngestItem, lastSeen } from './ingest-item.js';
import { insertAlerts } from './insert-alerts.js';
import { TAKE_OVER_SLOT } from './take-over-slot.js';

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
  /** Stores or counts every item in one transaction; outcomes in the order of the items. */
  ingest(items: IngestItem[]): Promise<IngestOutcome[]>;
}

/** Payloads of repeats that are kept per alert; later ones are counted only. */
export const MAX_OCCURRENCES_PER_ALERT = 100;

/** The door of the pipeline: alerts are deduplicated and committed here. */
export const createIngestStore = (database: Pick<Database, 'transaction'>): IngestStore => ({
  async ingest(items) {
    const groups = groupByKey(items);
    const counted = await database.transaction(async (client) => await store(client, groups));
    const counters = new Map<string, Counter>(counted.map((counter) => [keyOf(counter), counter]));
    return items.map((item) => takeOutcome(item, counters.get(keyOf(item))));
  },
});

const keyOf = ({ sourceName, dedupKey }: Pick<IngestItem, 'sourceName' | 'dedupKey'>): string =>
  `${sourceName}\n${dedupKey}`;

/** Sorted, so that every process takes the locks of the slots in the same order. */
function groupByKey(items: readonly IngestItem[]): Group[] {
  const groups = new Map<string, Group>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.items.push(item);
    else groups.set(keyOf(item), { alertId: newUuid(), items: [item] });
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

type Counter = Pick<IngestItem, 'sourceName' | 'dedupKey'> & {
  alertId: string;
  /** Repeats before the next item of the batch; -1 when that one makes the alert. */
  count: number;
  isQuarantined: boolean;
};

async function store(client: Connection, groups: readonly Group[]): Promise<Counter[]> {
  const { claims, counts } = await claimAlerts(client, groups);
  await insertAlerts(
    client,
    claims.filter((claim) => !isRepeat(claim)),
  );
  await keepOccurrences(client, claims, counts);
  return claims.map(({ group: { items }, alertId }) => {
    const [{ sourceName, dedupKey, quarantineReason }] = items;
    const count = (counts.get(alertId) ?? items.length - 1) - items.length;
    return { sourceName, dedupKey, alertId, count, isQuarantined: quarantineReason !== undefined };
  });
}

type Claims = { claims: Claim[]; counts: ReadonlyMap<string, number> };

/** Which alert each group belongs to, with the repeats counted on those that exist already. */
async function claimAlerts(client: Connection, groups: readonly Group[]): Promise<Claims> {
  const claims = await claimSlots(client, groups);
  const counts = await countRepeats(client, claims.filter(isRepeat));
  const isOrphaned = (claim: Claim): boolean => isRepeat(claim) && !counts.has(claim.alertId);
  const orphaned = claims.filter(isOrphaned);
  if (orphaned.length === 0) return { claims, counts };
  // A slot that outlived its alert is given up, and the first repeat makes a new alert.
  await freeSlots(client, orphaned);
  const renewed = await claimSlots(
    client,
    orphaned.map(({ group }) => group),
  );
  return { claims: [...claims.filter((claim) => !isOrphaned(claim)), ...renewed], counts };
}

const isRepeat = ({ group, alertId }: Claim): boolean => group.alertId !== alertId;

// A slot past its time is taken over by the new alert. Until this transaction ends, the slot is locked:
// of many equal alerts at once, one makes the alert and the others find it.
const CLAIM_SLOTS = `
  INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
  SELECT source_name, dedup_key, alert_id, clock_timestamp() + make_interval(secs => window_seconds)
    FROM unnest($1::text[], $2::text[], $3::uuid[], $4::int[])
      WITH ORDINALITY AS given(source_name, dedup_key, alert_id, window_seconds, position)
   ORDER BY position
  ${TAKE_OVER_SLOT}
  RETURNING source_name AS "sourceName", dedup_key AS "dedupKey", alert_id AS "alertId",
            previous_alert_id AS "previousAlertId"`;

type SlotRow = Pick<IngestItem, 'sourceName' | 'dedupKey'> & Omit<Claim, 'group'>;

async function claimSlots(client: Connection, groups: readonly Group[]): Promise<Claim[]> {
  const firsts = groups.map(({ items }) => items[0]);
  const { rows } = await client.query<SlotRow>(CLAIM_SLOTS, [
    firsts.map(({ sourceName }) => sourceName),
    firsts.map(({ dedupKey }) => dedupKey),
    groups.map(({ alertId }) => alertId),
    firsts.map(({ dedupWindowSeconds }) => dedupWindowSeconds),
  ]);
  const slots = new Map(rows.map((row) => [keyOf(row), row]));
  return groups.map((group) => {
    const slot = slots.get(keyOf(group.items[0]));
    if (!slot) throw new Error('A claimed slot was not returned.');
    return { group, alertId: slot.alertId, previousAlertId: slot.previousAlertId };
  });
}

async function freeSlots(client: Connection, claims: readonly Claim[]): Promise<void> {
  await client.query(
    `DELETE FROM dedup_slots USING unnest($1::text[], $2::text[]) AS given(source_name, dedup_key)
      WHERE dedup_slots.source_name = given.source_name AND dedup_slots.dedup_key = given.dedup_key`,
    [
      claims.map(({ group }) => group.items[0].sourceName),
      claims.map(({ group }) => group.items[0].dedupKey),
    ],
  );
}

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
    FROM given JOIN locked USING (id)
   WHERE alerts.id = given.id
  RETURNING alerts.id, alerts.duplicate_count AS count`;

/** Repeats of each alert after these; alerts that are gone are missing. */
async function countRepeats(
  client: Connection,
  repeats: readonly Claim[],
): Promise<Map<string, number>> {
  if (repeats.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; count: number }>(COUNT_REPEATS, [
    repeats.map(({ alertId }) => alertId),
    repeats.map(({ group }) => group.items.length),
    repeats.map(({ group }) => lastSeen(group)),
  ]);
  return new Map(rows.map(({ id, count }) => [id, count]));
}

async function keepOccurrences(
  client: Connection,
  claims: readonly Claim[],
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const kept = claims.flatMap((claim) => {
    const repeats = isRepeat(claim) ? claim.group.items : claim.group.items.slice(1);
    const before = (counts.get(claim.alertId) ?? repeats.length) - repeats.length;
    const room = Math.max(0, MAX_OCCURRENCES_PER_ALERT - before);
    return repeats.slice(0, room).map((item) => ({ alertId: claim.alertId, item }));
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
  counter.count += 1;
  const isDuplicate = counter.count > 0;
  return {
    alertId: counter.alertId,
    isDuplicate,
    duplicateCount: counter.count,
    isQuarantined: !isDuplicate && counter.isQuarantined,
    severity: item.alert.severity,
  };
}
