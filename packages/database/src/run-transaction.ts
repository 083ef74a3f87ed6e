import type pg from 'pg';
import { type Connection, type Transaction } from './database.js';
import { isUnavailable } from './errors.js';

export type WireOptions = {
  /** Gives statements their names. */
  prepare: (text: string, values?: unknown[]) => pg.QueryConfig;
  /** How long one statement may go without an answer, ms. */
  silenceMs: number;
};

/**
 * Runs `work` in a transaction. BEGIN travels with its first statement and COMMIT with its last: Postgres runs
 * them in order and, once one has failed, refuses the others and turns COMMIT into ROLLBACK.
 */
export async function runTransaction<T>(
  pool: pg.Pool,
  options: WireOptions,
  work: (transaction: Transaction) => T | Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const wire = createWire(client, options);
  let isLost = false;
  try {
    wire.send('BEGIN');
    const result = await work(wire);
    const { command } = await wire.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('A statement of the transaction had failed.');
    return result;
  } catch (error) {
    // A connection that was lost cannot roll back; Postgres does when it notices.
    isLost = isUnavailable(error) || !(await rollBack(client));
    throw error;
  } finally {
    client.release(isLost);
  }
}

const rollBack = async (client: pg.PoolClient): Promise<boolean> =>
  await client.query('ROLLBACK').then(
    () => true,
    () => false,
  );

/** Runs `work` on one connection. */
export async function runOnConnection<T>(
  pool: pg.Pool,
  options: WireOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let isLost = false;
  try {
    return await work(createWire(client, options));
  } catch (error) {
    isLost = isUnavailable(error);
    throw error;
  } finally {
    client.release(isLost);
  }
}

/**
 * Statements are sent without waiting for those before them, which pg calls pipelining
 * (https://node-postgres.com/features/pipelining); a failure is heard of at the next answer that is waited for.
 */
function createWire(client: pg.PoolClient, { prepare, silenceMs }: WireOptions): Transaction {
  let unanswered = 0;
  let unheard: Promise<unknown>[] = [];

  function submit<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
    unanswered += 1;
    // Postgres may take its time for each of those before it.
    const patience = { query_timeout: silenceMs * unanswered };
    const answer = client.query<R>({ ...prepare(text, values), ...patience });
    const settle = (): void => {
      unanswered -= 1;
    };
    answer.then(settle, settle);
    return answer;
  }

  return {
    send(text, values) {
      unheard.push(submit(text, values));
    },
    async query<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
      const answer = submit<R>(text, values);
      const earlier = unheard;
      unheard = [];
      await Promise.all(earlier);
      return await answer;
    },
  };
}
