import { isAnswer, type LookupResult, type RawStep } from '@calseta/common';
import { type Database, type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import {
  CLAIMS,
  FORGOTTEN_AFTER,
  IS_USABLE,
  type LookupClaim,
  type StoredResult,
  toResult,
  URGED,
} from './lookup-claim.js';
import { HELD, type HeldLookup, keyOf, LEASE, LOCK_HELD } from './lookup-key.js';
import { saveLookupResults } from './save-lookup-results.js';
import { saveRawAnswers } from './save-raw-answers.js';

export type ClaimOutcome =
  /** The claimant asks, and others wait for its answer. */
  | { kind: 'leased'; holder: string }
  | { kind: 'answered'; result: LookupResult }
  /** The lookup waits until it may be asked, and nobody asks it now. */
  | { kind: 'waiting' }
  /** Somebody else asks; `at` is the time of the database. */
  | { kind: 'under_way'; at: Date };

export type EndedLookup = HeldLookup & {
  /** Empty for a value that no alert has. */
  indicatorId: string;
  result: LookupResult;
  /** What the provider said, without secrets. */
  raw?: readonly RawStep[];
};

/**
 * The lookups at providers outside that are under way or have just ended, over all replicas. A lookup is one row, so
 * that it is asked once, and waits once.
 */
export interface ProviderLookupStore {
  /** In the order of the claims. */
  claim(claims: readonly LookupClaim[], holders: readonly string[]): Promise<ClaimOutcome[]>;
  /** Prolongs leases; without it, one ends after LEASE_SECONDS. */
  renew(held: readonly HeldLookup[]): Promise<void>;
  /** Stores answers, and ends their lookups. True where some alert went on without the answer. */
  end(lookups: readonly EndedLookup[]): Promise<boolean[]>;
  /** Ends a lease without an answer: the lookup is asked again by whoever needs it. */
  giveUp(held: HeldLookup): Promise<void>;
  /** Deletes a lookup that nobody can ask any more. */
  remove(held: HeldLookup): Promise<void>;
}

/** How long an answer is kept here for those that wait for it; the result of an indicator is stored apart. */
const KEPT_SECONDS = 60;
/** Longest time that the answer about a value without an alert is kept. */
const MAX_KEPT_SECONDS = 86_400;

const CLAIM = `
  WITH given AS (
    SELECT * FROM ${CLAIMS.from}
  ), leased AS (
    INSERT INTO provider_lookups AS l
      (key, provider_name, type, value, is_urgent, holder, leased_until, kept_until)
    SELECT key, provider_name, type::indicator_type, value, is_urgent, holder, clock_timestamp() + ${LEASE},
           clock_timestamp() + ${FORGOTTEN_AFTER}
      FROM given ORDER BY key
    ON CONFLICT (key) DO UPDATE
       SET holder = excluded.holder, leased_until = excluded.leased_until, is_urgent = excluded.is_urgent,
           result = NULL, ended_at = NULL, attempts = 0, kept_until = excluded.kept_until
     WHERE l.waiting_since IS NULL AND coalesce(l.leased_until < clock_timestamp(), true)
       AND NOT (SELECT ${IS_USABLE} FROM given WHERE given.key = l.key)
    RETURNING key, holder
  ), ${URGED}
  SELECT given.key, leased.holder, clock_timestamp() AS at,
         l.waiting_since IS NOT NULL AND coalesce(l.leased_until < clock_timestamp(), true) AS "isWaiting", CASE WHEN ${IS_USABLE} THEN l.result END AS result
    FROM given LEFT JOIN leased ON leased.key = given.key LEFT JOIN provider_lookups l ON l.key = given.key`;

type ClaimRow = {
  key: string;
  holder: string | null;
  at: Date;
  isWaiting: boolean;
  result: StoredResult | null;
};

const RENEW = `
  WITH held AS MATERIALIZED (${LOCK_HELD})
  UPDATE provider_lookups l SET leased_until = clock_timestamp() + ${LEASE} FROM held WHERE l.key = held.key`;

const ENDED = defineRows<EndedLookup>('given', {
  key: ['text', (ended) => keyOf(ended)],
  holder: ['uuid', ({ holder }) => holder],
  result: ['jsonb', ({ result }) => JSON.stringify(result)],
  kept_seconds: ['float8', (ended) => keptSeconds(ended)],
});

const END = `
  UPDATE provider_lookups l
     SET holder = NULL, leased_until = NULL, waiting_since = NULL, waiting_reason = NULL, not_before = NULL,
         attempts = 0, result = given.result, ended_at = clock_timestamp(),
         kept_until = clock_timestamp() + make_interval(secs => given.kept_seconds)
    FROM ${ENDED.from}
   WHERE l.key = given.key AND l.holder = given.holder`;

const MISSED = `
  SELECT EXISTS (SELECT FROM missing_lookups m
                  WHERE m.indicator_id = given.indicator_id AND m.provider_name = given.provider_name) AS "isMissed"
    FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS given(indicator_id, provider_name, position)
   ORDER BY given.position`;

const GIVE_UP = `UPDATE provider_lookups SET leased_until = clock_timestamp() WHERE key = $1 AND holder = $2`;
const REMOVE = `DELETE FROM provider_lookups WHERE key = $1 AND holder = $2`;

export const createProviderLookupStore = (
  database: Pick<Database, 'query' | 'transaction'>,
): ProviderLookupStore => ({
  claim: async (claims, holders) => await claimAll(database, claims, holders),

  async renew(held) {
    if (held.length > 0) await database.query(RENEW, HELD.parameters(held));
  },

  end: async (lookups) =>
    await database.transaction(async (client) => await endAll(client, lookups)),

  async giveUp(held) {
    await database.query(GIVE_UP, [keyOf(held), held.holder]);
  },

  async remove(held) {
    await database.query(REMOVE, [keyOf(held), held.holder]);
  },
});

/** One statement can lease a key once; a second claim of it finds it under way. */
async function claimAll(
  database: Pick<Database, 'query'>,
  claims: readonly LookupClaim[],
  holders: readonly string[],
): Promise<ClaimOutcome[]> {
  const keyed = claims.map((claim, index) => ({ ...claim, holder: holders[index] ?? '' }));
  const first = new Map(keyed.toReversed().map((claim) => [keyOf(claim), claim]));
  const { rows } = await database.query<ClaimRow>(CLAIM, CLAIMS.parameters([...first.values()]));
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const now = rows[0]?.at ?? new Date();
  return keyed.map((claim) => {
    const key = keyOf(claim);
    return first.get(key) === claim
      ? toOutcome(byKey.get(key), now)
      : { kind: 'under_way', at: now };
  });
}

function toOutcome(row: ClaimRow | undefined, now: Date): ClaimOutcome {
  if (row?.holder) return { kind: 'leased', holder: row.holder };
  if (row?.result) return { kind: 'answered', result: toResult(row.result) };
  return row?.isWaiting ? { kind: 'waiting' } : { kind: 'under_way', at: row?.at ?? now };
}

async function endAll(client: Transaction, lookups: readonly EndedLookup[]): Promise<boolean[]> {
  const known = lookups.filter(({ indicatorId }) => indicatorId !== '');
  // All writers lock in this order: results, lookups.
  saveLookupResults(
    client,
    known.map(({ indicatorId, result }) => ({ ...result, indicatorId })),
  );
  saveRawAnswers(client, known);
  client.send(LOCK_HELD, HELD.parameters(lookups));
  client.send(END, ENDED.parameters(lookups));
  const answered = known.filter(({ result }) => isAnswer(result));
  if (answered.length === 0) return lookups.map(() => false);
  const { rows } = await client.query<{ isMissed: boolean }>(MISSED, [
    answered.map(({ indicatorId }) => indicatorId),
    answered.map(({ providerName }) => providerName),
  ]);
  const missed = new Set(answered.filter((_, index) => rows[index]?.isMissed));
  return lookups.map((lookup) => missed.has(lookup));
}

/** The answer about a value without an alert has no other place, so it is kept while it is good. */
function keptSeconds({ indicatorId, result }: EndedLookup): number {
  if (indicatorId !== '' || !isAnswer(result)) return KEPT_SECONDS;
  const seconds = (result.expiresAt.getTime() - result.fetchedAt.getTime()) / 1_000;
  return Math.min(Math.max(seconds, KEPT_SECONDS), MAX_KEPT_SECONDS);
}
