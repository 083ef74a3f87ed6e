import { type LookupResult } from '@calseta/common';
import { type Database } from '../../core/database.js';
import {
  CLAIMS,
  FORGOTTEN_AFTER,
  IS_USABLE,
  type QueuedLookup,
  roomToWait,
  type StoredResult,
  toResult,
  URGED,
} from './lookup-claim.js';
import { keyOf } from './lookup-key.js';

export type QueueOutcome =
  /** It waits, or somebody else asks it now; the answer completes the alerts that miss it. */
  | { kind: 'waiting' }
  | { kind: 'answered'; result: LookupResult }
  /** As many lookups wait as may. */
  | { kind: 'full' };

const MAX_WAITING = `$${CLAIMS.nextParameter}`;

const QUEUE = `
  WITH given AS (
    SELECT * FROM ${CLAIMS.from}
  ), ${roomToWait(MAX_WAITING)}, placed AS (
    SELECT given.* FROM given
     WHERE NOT EXISTS (SELECT FROM provider_lookups l WHERE l.key = given.key AND l.waiting_since IS NOT NULL)
     ORDER BY given.is_urgent DESC, given.key LIMIT (SELECT places FROM room)
  ), queued AS (
    INSERT INTO provider_lookups AS l
      (key, provider_name, type, value, is_urgent, waiting_since, waiting_reason, not_before, kept_until)
    SELECT key, provider_name, type::indicator_type, value, is_urgent, clock_timestamp(), reason, clock_timestamp(),
           clock_timestamp() + ${FORGOTTEN_AFTER}
      FROM placed ORDER BY key
    ON CONFLICT (key) DO UPDATE
       SET holder = NULL, leased_until = NULL, is_urgent = excluded.is_urgent, result = NULL, ended_at = NULL,
           attempts = 0, waiting_since = excluded.waiting_since, waiting_reason = excluded.waiting_reason,
           not_before = excluded.not_before, kept_until = excluded.kept_until
     WHERE l.waiting_since IS NULL AND coalesce(l.leased_until < clock_timestamp(), true)
       AND NOT (SELECT ${IS_USABLE} FROM given WHERE given.key = l.key)
    RETURNING key
  ), ${URGED}
  SELECT given.key, CASE WHEN ${IS_USABLE} THEN l.result END AS result,
         queued.key IS NOT NULL OR l.waiting_since IS NOT NULL OR coalesce(l.leased_until > clock_timestamp(), false)
           AS "isWaiting"
    FROM given LEFT JOIN queued ON queued.key = given.key LEFT JOIN provider_lookups l ON l.key = given.key`;

type QueueRow = { key: string; isWaiting: boolean; result: StoredResult | null };

/** Lets lookups wait that nobody has leased, as far as `maxWaiting` allows; in the order of the claims. */
export async function queueLookups(
  database: Pick<Database, 'query'>,
  claims: readonly QueuedLookup[],
  maxWaiting: number,
): Promise<QueueOutcome[]> {
  const distinct = new Map(claims.map((claim) => [keyOf(claim), claim]));
  const { rows } = await database.query<QueueRow>(QUEUE, [
    ...CLAIMS.parameters([...distinct.values()]),
    maxWaiting,
  ]);
  const byKey = new Map(rows.map((row) => [row.key, toOutcome(row)]));
  return claims.map((claim) => byKey.get(keyOf(claim)) ?? { kind: 'full' });
}

function toOutcome({ result, isWaiting }: QueueRow): QueueOutcome {
  if (result) return { kind: 'answered', result: toResult(result) };
  return { kind: isWaiting ? 'waiting' : 'full' };
}
