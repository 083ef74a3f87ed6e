import pg from 'pg';
import { type Connection, type Transaction } from './database.js';
import { isRefused, isUnavailable } from './errors.js';

export type WireOptions = {
  /** Gives statements their names. */
  prepare: (text: string, values?: unknown[]) => pg.QueryConfig;
  /** How long one statement may go without an answer, ms. */
  silenceMs: number;
};

/** Runs `work` in a transaction, and commits once each of its statements has succeeded. */
export const runTransaction = async <T>(
  pool: pg.Pool,
  options: WireOptions,
  work: (transaction: Transaction) => T | Promise<T>,
): Promise<T> =>
  await withClient(pool, async (client) => {
    try {
      await client.query('BEGIN');
      const { result, failure } = await runStatements(client, options, work);
      if (failure !== undefined) throw failure;
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that was lost cannot roll back; Postgres does when it notices.
      if (!isLost(error)) await client.query('ROLLBACK').catch(() => client.end());
      throw error;
    }
  });

/** Runs `work` on one connection; each of its statements is its own transaction. */
export const runOnConnection = async <T>(
  pool: pg.Pool,
  options: WireOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> =>
  await withClient(pool, async (client) => (await runStatements(client, options, work)).result);

/** Gives the connection back, or closes it when its state is unknown. */
async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(isLost(error));
    throw error;
  }
}

/** What is not an answer of Postgres may have left anything behind. */
const isLost = (error: unknown): boolean =>
  isUnavailable(error) || !(error instanceof pg.DatabaseError);

/**
 * Runs `work`, and waits until all of its statements are answered, whatever becomes of it. `failure` is the first
 * that any of them met, whether somebody heard of it or not.
 */
async function runStatements<T>(
  client: pg.PoolClient,
  options: WireOptions,
  work: (wire: Transaction) => T | Promise<T>,
): Promise<{ result: T; failure: Error | undefined }> {
  const wire = createWire(client, options);
  try {
    const result = await work(wire);
    return { result, failure: await wire.end() };
  } catch (error) {
    await wire.end();
    throw error;
  }
}

/**
 * A connection that sends statements without waiting for those before them, which pg calls pipelining
 * (https://node-postgres.com/features/pipelining). In a transaction, Postgres refuses all that come after one
 * that has failed.
 */
function createWire(
  client: pg.PoolClient,
  { prepare, silenceMs }: WireOptions,
): Transaction & { end: () => Promise<Error | undefined> } {
  const underWay = new Set<Promise<unknown>>();
  const failures: Error[] = [];
  let isOver = false;

  function submit<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
    if (isOver) throw new Error('The connection has been given back.');
    // Postgres may take its time for each of those before it.
    const patience = { query_timeout: silenceMs * (underWay.size + 1) };
    const answer = client.query<R>({ ...prepare(text, values), ...patience });
    const settled = answer
      .catch((error: unknown) =>
        failures.push(error instanceof Error ? error : new Error(String(error))),
      )
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
    return answer;
  }

  return {
    send(text, values) {
      void submit(text, values);
    },
    async query<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
      return await submit<R>(text, values).catch((error: unknown) => {
        throw isRefused(error) ? failures[0] : error;
      });
    },
    async end() {
      isOver = true;
      await Promise.all(underWay);
      return failures[0];
    },
  };
}
