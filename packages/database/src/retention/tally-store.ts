import { type Database, type Transaction } from '../core/database.js';
import { ALL_KINDS, writeTallies } from './tally-sql.js';

/** Counts of alerts by the hour, from which metrics of long spans are read. */
export interface TallyStore {
  /** Tallies at most `limit` hours: those in which something changed afterwards, then those that are over. Returns how many. */
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
      if (!last) return 0;
      write(client, over);
      client.send(MOVE, [last]);
      return over.length;
    }),
});

const hoursOf = async (client: Transaction, select: string, values: unknown[]): Promise<Date[]> =>
  (await client.query<{ hour: Date }>(select, values)).rows.map(({ hour }) => hour);

function write(client: Transaction, hours: readonly Date[]): void {
  for (const kind of ALL_KINDS) client.send(writeTallies(kind), [hours]);
}
