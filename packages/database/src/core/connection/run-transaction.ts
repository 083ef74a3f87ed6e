import pg from 'pg';
import { type Connection, type Transaction } from '../database.js';
import { isRefused, isUnavailable } from '../errors.js';

export type WireOptions = {
  /** Names prepared statements. */
  prepare: (text: string, values?: unknown[]) => pg.QueryConfig;
  /** Longest time that one statement may go without an answer, ms. */
  silenceMs: number;
};

/** Runs `work` in a transaction; commits only if every statement succeeded. */
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
      // A lost connection cannot roll back; Postgres does so when it notices the loss.
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

/** Returns the connection to the pool, or closes it when its state is unknown. */
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

/** After any error that is not an answer from Postgres, the state of the connection is unknown. */
const isLost = (error: unknown): boolean =>
  isUnavailable(error) || !(error instanceof pg.DatabaseError);

/**
 * Runs `work` and waits until all its statements are answered, even when it throws. `failure` is the first error of a
 * statement, whether `work` saw it or not.
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
 * A connection that sends statements without waiting for earlier answers
 * (https://node-postgres.com/features/pipelining). In a transaction, Postgres refuses all statements after a failed
 * one.
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
    // Each earlier statement may use its full time first.
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
