import { type Database, type Transaction } from '../core/database.js';
import { ALL_KINDS, EACH_KIND, SUM_DAY, writeTallies } from './tally-sql.js';

/** Counts of alerts by the hour, from which metrics of long spans are read. */
export interface TallyStore {
  /**
   * Tallies at most `limit` hours: those in which something changed afterwards, then those that are over. When there are
   * none, sums up at most as many days. Returns how many hours or days.
   */
  tally(limit: number): Promise<number>;
}

/**
 * Time after the end of an hour when it is tallied: triggers mark an hour for what happens to its alerts from an hour after
 * their receipt, and the transactions of before are over some minutes later.
 */
const OVER = "interval '70 minutes'";

const LOCK = 'SELECT tallied_until AS until FROM alert_tally_state FOR UPDATE SKIP LOCKED';

const TAKE_MARKS = `
  WITH first AS (SELECT DISTINCT hour FROM alert_tally_marks ORDER BY hour LIMIT $1),
       taken AS (DELETE FROM alert_tally_marks m USING first WHERE m.hour = first.hour)
  SELECT hour FROM first`;

const OLDEST = `
  SELECT date_trunc('hour', least((SELECT min(received_at) FROM alerts), (SELECT min(closed_at) FROM alerts)), 'UTC') AS at`;

/** Of hours, those that are over. */
const NEXT = `
  SELECT hour FROM generate_series($1::timestamptz, date_trunc('hour', now() - ${OVER}, 'UTC') - interval '1 hour',
                                   interval '1 hour') AS hour
   ORDER BY hour LIMIT $2`;

// By kind, as the index begins.
const DELETE_TALLIES = `
  DELETE FROM alert_tallies WHERE is_closed IN (false, true) AND is_by_rule IN (false, true) AND hour = ANY($1::timestamptz[])`;

/** Days whose hours are all tallied and whose sums do not hold; those that begin before the first tally have none. */
const UNSUMMED = `
  SELECT day
    FROM (SELECT date_trunc('day', min(first.hour), 'UTC') AS at
            FROM ${EACH_KIND}
           CROSS JOIN LATERAL (SELECT hour FROM alert_tallies t
                                WHERE t.is_closed = kind.is_closed AND t.is_by_rule = kind.is_by_rule
                                ORDER BY hour LIMIT 1) AS first) AS oldest
   CROSS JOIN generate_series(oldest.at, $1::timestamptz - interval '24 hours', interval '24 hours') AS days (day)
   WHERE NOT EXISTS (SELECT FROM alert_tallied_days d WHERE d.day = days.day)
   ORDER BY day DESC LIMIT $2`;

const DELETE_DAY = `
  DELETE FROM alert_day_tallies WHERE is_closed IN (false, true) AND is_by_rule IN (false, true) AND day = $1::timestamptz`;

const DAY_HOLDS = 'INSERT INTO alert_tallied_days (day) VALUES ($1::timestamptz)';

const MOVE = `UPDATE alert_tally_state SET tallied_until = $1::timestamptz + interval '1 hour'`;

export const createTallyStore = ({ transaction }: Pick<Database, 'transaction'>): TallyStore => ({
  tally: async (limit) =>
    await transaction(async (client) => {
      const [state] = (await client.query<{ until: Date | null }>(LOCK)).rows;
      // Another replica is at it.
      if (!state) return 0;
      const changed = await hoursOf(client, TAKE_MARKS, [limit]);
      const { until } = state;
      // The others are tallied when their turn comes.
      const tallied = changed.filter((hour) => until !== null && hour < until);
      if (tallied.length > 0) {
        client.send(DELETE_TALLIES, [tallied]);
        write(client, tallied);
      }
      if (changed.length > 0) return changed.length;
      const from = until ?? (await client.query<{ at: Date | null }>(OLDEST)).rows[0]?.at;
      if (!from) return 0;
      const over = await hoursOf(client, NEXT, [from, limit]);
      const last = over.at(-1);
      if (!last) return await sumDays(client, from, limit);
      write(client, over);
      client.send(MOVE, [last]);
      return over.length;
    }),
});

const hoursOf = async (client: Transaction, select: string, values: unknown[]): Promise<Date[]> =>
  (await client.query<{ hour: Date }>(select, values)).rows.map(({ hour }) => hour);

async function sumDays(client: Transaction, until: Date, limit: number): Promise<number> {
  const { rows } = await client.query<{ day: Date }>(UNSUMMED, [until, limit]);
  for (const { day } of rows) {
    client.send(DELETE_DAY, [day]);
    client.send(SUM_DAY, [day]);
    client.send(DAY_HOLDS, [day]);
  }
  return rows.length;
}

function write(client: Transaction, hours: readonly Date[]): void {
  for (const kind of ALL_KINDS) client.send(writeTallies(kind), [hours]);
}
