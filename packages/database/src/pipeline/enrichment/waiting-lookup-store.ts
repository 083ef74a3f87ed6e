import { type Database, type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { type QueuedLookup, roomToWait, type WaitingReason } from './lookup-claim.js';
import { type HeldLookup, keyOf, LEASE, type LookupKey } from './lookup-key.js';
import { type QueueOutcome, queueLookups } from './queue-lookups.js';

export type WaitingLookup = HeldLookup & { isUrgent: boolean; attempts: number };

/** A lookup that is not asked now, and not before so many seconds are over. */
export type PutOffLookup = WaitingLookup & WaitingReason & { delaySeconds: number };

export type DroppedLookup = LookupKey & {
  /** In words, for those who read the alerts that miss its answer. */
  reason: string;
};

export type Expiry = {
  /** Longest wait of a lookup. */
  maxWaitSeconds: number;
  /** Told to the alerts that miss the answer, behind why the lookup waited. */
  reason: string;
  /** Rows of each kind that are deleted at most. */
  limit: number;
};

/** The lookups that wait until they may be asked, over all replicas. */
export interface WaitingLookupStore {
  /** Lets lookups wait that nobody has asked yet, in the order of the claims. */
  queue(claims: readonly QueuedLookup[]): Promise<QueueOutcome[]>;
  /** Lets lookups wait until they may be asked; false for one that is dropped, because as many wait as may. */
  wait(lookups: readonly PutOffLookup[]): Promise<boolean[]>;
  /** Leases waiting lookups of a provider, urgent ones first, then the oldest. */
  claimWaiting(providerName: string, holders: readonly string[]): Promise<WaitingLookup[]>;
  /** Which of the providers have lookups that wait. */
  findWaiting(providerNames: readonly string[]): Promise<string[]>;
  /** Lets lookups wait whose holder died after their alert went on without them. */
  adoptAbandoned(limit: number): Promise<void>;
  /** Tells alerts why an answer that they miss does not come. */
  tellDropped(lookups: readonly DroppedLookup[]): Promise<void>;
  /**
   * Drops lookups that waited too long, and tells the alerts that miss them; deletes rows that are of no more use.
   * Returns how many were dropped, by provider.
   */
  deleteExpired(expiry: Expiry): Promise<Map<string, number>>;
  /** Waiting lookups by provider. */
  countWaiting(): Promise<Map<string, number>>;
}

const PUT_OFF = defineRows<PutOffLookup>('given', {
  key: ['text', (lookup) => keyOf(lookup)],
  holder: ['uuid', ({ holder }) => holder],
  is_urgent: ['bool', ({ isUrgent }) => isUrgent],
  delay_seconds: ['float8', ({ delaySeconds }) => delaySeconds],
  attempts: ['int', ({ attempts }) => attempts],
  reason: ['text', ({ reason }) => reason],
});
const MAX_WAITING = `$${PUT_OFF.nextParameter}`;

/** Those that have waited before keep their places; the others get what is left. */
const WAIT = `
  WITH held AS MATERIALIZED (
    SELECT given.*, l.waiting_since IS NOT NULL AS has_waited
      FROM provider_lookups l JOIN ${PUT_OFF.from} ON l.key = given.key AND l.holder = given.holder
     ORDER BY l.key FOR UPDATE OF l
  ), placed AS (
    SELECT *, row_number() OVER (PARTITION BY has_waited ORDER BY is_urgent DESC, key) AS place FROM held
  ), ${roomToWait(MAX_WAITING)}
  UPDATE provider_lookups l
     SET holder = NULL, leased_until = NULL, is_urgent = l.is_urgent OR placed.is_urgent,
         attempts = placed.attempts, waiting_reason = placed.reason,
         waiting_since = coalesce(l.waiting_since, clock_timestamp()),
         not_before = clock_timestamp() + make_interval(secs => placed.delay_seconds)
    FROM placed, room
   WHERE l.key = placed.key AND (placed.has_waited OR placed.place <= room.places)
  RETURNING l.key`;

const CLAIM_WAITING = `
  WITH due AS MATERIALIZED (
    SELECT key, row_number() OVER () AS position FROM (
      SELECT key FROM provider_lookups
       WHERE provider_name = $1 AND waiting_since IS NOT NULL AND not_before <= clock_timestamp()
         AND coalesce(leased_until < clock_timestamp(), true)
       ORDER BY is_urgent DESC, waiting_since
       LIMIT $2 FOR UPDATE SKIP LOCKED) AS first
  )
  UPDATE provider_lookups l SET holder = ($3::uuid[])[due.position], leased_until = clock_timestamp() + ${LEASE}
    FROM due WHERE l.key = due.key
  RETURNING l.provider_name AS "providerName", l.type, l.value, l.holder, l.is_urgent AS "isUrgent", l.attempts`;

const FIND_WAITING = `
  SELECT name FROM unnest($1::text[]) AS name
   WHERE EXISTS (SELECT FROM provider_lookups WHERE provider_name = name AND waiting_since IS NOT NULL)`;

const ADOPT_ABANDONED = `
  WITH abandoned AS MATERIALIZED (
    SELECT key FROM provider_lookups l
     WHERE leased_until < clock_timestamp() AND waiting_since IS NULL
       AND EXISTS (SELECT FROM missing_lookups m JOIN indicators i ON i.id = m.indicator_id
                    WHERE i.type = l.type AND i.value = l.value AND m.provider_name = l.provider_name)
     LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  UPDATE provider_lookups l
     SET holder = NULL, leased_until = NULL, waiting_since = clock_timestamp(), not_before = clock_timestamp()
    FROM abandoned WHERE l.key = abandoned.key`;

const DROP_EXPIRED = `
  WITH expired AS MATERIALIZED (
    SELECT key FROM provider_lookups
     WHERE waiting_since < now() - make_interval(secs => $1::float8) LIMIT $2 FOR UPDATE SKIP LOCKED)
  DELETE FROM provider_lookups l USING expired WHERE l.key = expired.key
  RETURNING l.provider_name AS "providerName", l.type, l.value, concat_ws(' ', l.waiting_reason, $3::text) AS reason`;

const DROPPED = defineRows<DroppedLookup>('given', {
  provider_name: ['text', ({ providerName }) => providerName],
  type: ['text', ({ type }) => type],
  value: ['text', ({ value }) => value],
  reason: ['text', ({ reason }) => reason],
});

/** An alert that runs through the pipeline again gets its reasons there. */
const TELL_DROPPED = `
  WITH missed AS MATERIALIZED (
    SELECT m.alert_id, jsonb_object_agg(m.provider_name, given.reason) AS reasons
      FROM ${DROPPED.from}
      JOIN indicators i ON i.type = given.type::indicator_type AND i.value = given.value
      JOIN missing_lookups m ON m.indicator_id = i.id AND m.provider_name = given.provider_name
     GROUP BY m.alert_id
  ), locked AS MATERIALIZED (
    SELECT id FROM alerts
     WHERE id IN (SELECT alert_id FROM missed) AND stage IN ('enriched', 'dispatched', 'failed')
     ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE alerts a SET enrichment_reasons = a.enrichment_reasons || missed.reasons, updated_at = now()
    FROM missed JOIN locked ON locked.id = missed.alert_id
   WHERE a.id = missed.alert_id`;

const DELETE_KEPT = `
  WITH expired AS MATERIALIZED (
    SELECT key FROM provider_lookups
     WHERE kept_until < now() AND waiting_since IS NULL AND coalesce(leased_until < now(), true)
     LIMIT $1 FOR UPDATE SKIP LOCKED)
  DELETE FROM provider_lookups l USING expired WHERE l.key = expired.key`;

/** Later answers do not complete an alert that waited longer than lookups may wait. */
const DELETE_MISSING = `
  WITH expired AS MATERIALIZED (
    SELECT alert_id, indicator_id, provider_name FROM missing_lookups
     WHERE missed_at < now() - make_interval(secs => $1::float8) - interval '1 hour' LIMIT $2 FOR UPDATE SKIP LOCKED)
  DELETE FROM missing_lookups m USING expired
   WHERE m.alert_id = expired.alert_id AND m.indicator_id = expired.indicator_id
     AND m.provider_name = expired.provider_name`;

const COUNT_WAITING = `
  SELECT provider_name AS name, count(*)::int AS count FROM provider_lookups
   WHERE waiting_since IS NOT NULL GROUP BY provider_name`;

type CountRow = { name: string; count: number };

export const createWaitingLookupStore = (
  database: Pick<Database, 'query' | 'transaction'>,
  { maxWaiting }: { maxWaiting: number },
): WaitingLookupStore => ({
  queue: async (claims) => await queueLookups(database, claims, maxWaiting),

  async wait(lookups) {
    const { rows } = await database.query<{ key: string }>(WAIT, [
      ...PUT_OFF.parameters(lookups),
      maxWaiting,
    ]);
    const waiting = new Set(rows.map(({ key }) => key));
    return lookups.map((lookup) => waiting.has(keyOf(lookup)));
  },

  async claimWaiting(providerName, holders) {
    const { rows } = await database.query<WaitingLookup>(CLAIM_WAITING, [
      providerName,
      holders.length,
      holders,
    ]);
    return rows;
  },

  async findWaiting(providerNames) {
    const { rows } = await database.query<{ name: string }>(FIND_WAITING, [providerNames]);
    return rows.map(({ name }) => name);
  },

  async adoptAbandoned(limit) {
    await database.query(ADOPT_ABANDONED, [limit]);
  },

  async tellDropped(lookups) {
    if (lookups.length > 0) await database.query(TELL_DROPPED, DROPPED.parameters(lookups));
  },

  async deleteExpired(expiry) {
    const dropped = await database.transaction(async (client) => await dropExpired(client, expiry));
    await database.query(DELETE_KEPT, [expiry.limit]);
    await database.query(DELETE_MISSING, [expiry.maxWaitSeconds, expiry.limit]);
    return countByProvider(dropped);
  },

  async countWaiting() {
    const { rows } = await database.query<CountRow>(COUNT_WAITING);
    return new Map(rows.map(({ name, count }) => [name, count]));
  },
});

async function dropExpired(
  client: Transaction,
  { maxWaitSeconds, reason, limit }: Expiry,
): Promise<LookupKey[]> {
  const { rows } = await client.query<DroppedLookup>(DROP_EXPIRED, [maxWaitSeconds, limit, reason]);
  if (rows.length > 0) client.send(TELL_DROPPED, DROPPED.parameters(rows));
  return rows;
}

function countByProvider(lookups: readonly LookupKey[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { providerName } of lookups)
    counts.set(providerName, (counts.get(providerName) ?? 0) + 1);
  return counts;
}
