import { type Database } from '../core/database.js';
import { type ProviderQuota } from './provider-settings-store.js';

export type QuotaRequest = {
  providerName: string;
  /** Requests that the lookup may send. */
  units: number;
  quotas: readonly ProviderQuota[];
  /** Longest time until they are sent, ms from now. */
  holdMs: number;
  /** Lookups that wait for the same quota go first: before `normal` ones all, before `urgent` ones those that are urgent. */
  turn?: 'normal' | 'urgent' | 'first';
};

/** The requests that may be sent, or why they may not. */
export type Reservation =
  | {
      isGranted: true;
      ids: string[];
      /** When it was granted, by the clock of the database, which counts the windows. */
      at: Date;
    }
  /** There is room for them, but lookups that wait go first. */
  | { isGranted: false; isOthersTurn: true }
  /** There is no room for them before so long. */
  | { isGranted: false; isOthersTurn: false; freeInMs: number };

/**
 * Counts requests to providers over all replicas: no time span as long as a window holds more requests than the window
 * allows. A reservation counts as sent at the end of its hold; once it is sent, the real time counts.
 */
export interface ProviderQuotaStore {
  reserve(request: QuotaRequest): Promise<Reservation>;
  /**
   * Records when the reserved requests were sent at the latest, by the clock of the database; units without a time are
   * given back.
   */
  settle(ids: readonly string[], sentAt: readonly Date[]): Promise<void>;
  /** Blocks further requests to a provider for so long. */
  close(providerName: string, seconds: number): Promise<void>;
}

/** Added to each window, because a request is sent a moment after its time is recorded. */
export const WINDOW_MARGIN_MS = 250;
/** Longest window that a quota may have (32 days); rows are kept as long. */
export const MAX_WINDOW_SECONDS = 32 * 86_400;

const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('provider_requests:' || $1, 0))`;

/** When $2 units may be sent: the provider is not blocked, and each window holds at most `max - $2` other units. */
const FREE_AT = `
  SELECT max(free_at) AS free_at FROM (
    SELECT closed_until AS free_at FROM provider_gates WHERE provider_name = $1
    UNION ALL
    SELECT (SELECT sent_at FROM provider_requests
             WHERE provider_name = $1
             ORDER BY sent_at DESC OFFSET greatest(quota.max - $2::int, 0) LIMIT 1)
           + make_interval(secs => quota.seconds + ${WINDOW_MARGIN_MS / 1_000})
      FROM unnest($3::int[], $4::int[]) AS quota(max, seconds)
  ) AS windows`;

const RESERVE = `
  WITH room AS (${FREE_AT})
  , ahead AS (
    SELECT EXISTS (SELECT FROM provider_lookups
                    WHERE $7 <> 'first' AND provider_name = $1 AND waiting_since IS NOT NULL
                      AND not_before <= clock_timestamp() AND (is_urgent OR $7 = 'normal')) AS is_taken
  ), reserved AS (
    INSERT INTO provider_requests (provider_name, sent_at, expires_at)
    SELECT $1, clock_timestamp() + make_interval(secs => $5::float8 / 1000),
           clock_timestamp() + make_interval(secs => $5::float8 / 1000 + $6::int)
      FROM room, ahead, generate_series(1, $2::int)
     WHERE (room.free_at IS NULL OR room.free_at <= clock_timestamp()) AND NOT ahead.is_taken
    RETURNING id
  )
  SELECT clock_timestamp() AS at,
         extract(epoch FROM (SELECT free_at FROM room) - clock_timestamp())::float8 * 1000 AS free_in_ms,
         (SELECT array_agg(id::text) FROM reserved) AS ids, (SELECT is_taken FROM ahead) AS is_taken`;

const SETTLE = `
  WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[]) AS given(id, sent_at)
  ), returned AS (
    DELETE FROM provider_requests USING given
     WHERE provider_requests.id = given.id AND given.sent_at IS NULL
  )
  UPDATE provider_requests SET sent_at = given.sent_at
    FROM given
   WHERE provider_requests.id = given.id AND given.sent_at IS NOT NULL`;

const CLOSE = `
  INSERT INTO provider_gates (provider_name, closed_until)
  VALUES ($1, clock_timestamp() + make_interval(secs => $2::float8))
  ON CONFLICT (provider_name)
  DO UPDATE SET closed_until = greatest(provider_gates.closed_until, EXCLUDED.closed_until)`;

type ReservedRow = {
  at: Date;
  free_in_ms: number | null;
  ids: string[] | null;
  is_taken: boolean;
};

export const createProviderQuotaStore = (
  database: Pick<Database, 'transaction' | 'query'>,
): ProviderQuotaStore => ({
  reserve: async ({ providerName, units, quotas, holdMs, turn = 'normal' }) =>
    await database.transaction(async (transaction) => {
      transaction.send(LOCK, [providerName]);
      const { rows } = await transaction.query<ReservedRow>(RESERVE, [
        providerName,
        units,
        quotas.map(({ limit }) => limit),
        quotas.map(({ windowSeconds }) => windowSeconds),
        holdMs,
        MAX_WINDOW_SECONDS,
        turn,
      ]);
      const [row] = rows;
      if (row?.ids) return { isGranted: true, ids: row.ids, at: row.at };
      const freeInMs = Math.max(0, row?.free_in_ms ?? 0);
      return row?.is_taken === true && freeInMs === 0
        ? { isGranted: false, isOthersTurn: true }
        : { isGranted: false, isOthersTurn: false, freeInMs };
    }),

  async settle(ids, sentAt) {
    if (ids.length === 0) return;
    await database.query(SETTLE, [ids, ids.map((_, index) => sentAt[index] ?? null)]);
  },

  async close(providerName, seconds) {
    await database.query(CLOSE, [providerName, seconds]);
  },
});
