import { isOutage, type TlsFiles } from '@calseta/common';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { asTold, SET_ACTOR, untoldActor } from './audit-actor.js';
import { type Database } from './database.js';
import { type DatabaseMetrics, observePool } from './database-metrics.js';
import { openSchemaVersion } from './schema-version.js';
import { connectionOf } from './database-tls.js';
import { isReadOnly, toDatabaseError } from './errors.js';
import { type DatabaseLog, reportOutages } from './report-outage.js';
import { type Prisma, PrismaClient } from '../generated/client.js';
import { takePooler } from './pooler.js';
import { MAX_PREPARED, prepareStatements } from './prepare-statements.js';
import { runOnConnection, runTransaction } from './run-transaction.js';

export type DatabaseOptions = {
  url: string;
  tls?: TlsFiles | undefined;
  poolSize: number;
  applicationName: string;
  statementTimeoutMs: number;
  /** Directory of the migrations that are needed; that of this build by default. */
  migrations?: string | undefined;
  /** Logs outages and recoveries. */
  log?: DatabaseLog;
  /** Shows how far the pool is used. */
  metrics?: DatabaseMetrics;
};

/** Longest wait for a free or new connection. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Postgres ends a forgotten transaction after this time, and releases its locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
/** Postgres cancels slow statements itself; a server silent for this much longer counts as down. */
const SILENCE_MS = 2_000;
/** Idle time before a connection is probed, so that a lost server is noticed. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/**
 * All look-ups are by key, for a few rows. While tables are small, plans that scan whole tables are cheaper, and a
 * prepared plan would stay when they have grown, so such plans are used only where there is no other. JIT is off
 * because the high costs of disabled plans would trigger it.
 */
const PLAN_BY_KEY = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']
  .map((setting) => `-c ${setting}=off`)
  .join(' ');

/**
 * Costs as measured where the pages are in memory, in microseconds: by default Postgres takes a page for hundreds of times
 * as dear as a row, and so reads rows by the ten thousand to spare some pages. The memory keeps what an index finds of a
 * million rows exact, so that whole pages need not be read for single rows.
 */
const PLAN_FOR_VALUES = `
  SET LOCAL seq_page_cost = 1;
  SET LOCAL random_page_cost = 2;
  SET LOCAL cpu_tuple_cost = 0.3;
  SET LOCAL cpu_index_tuple_cost = 0.2;
  SET LOCAL cpu_operator_cost = 0.02;
  SET LOCAL work_mem = '32MB'`;

/** Opens one pool for Prisma and the hot paths; lost connections are replaced on demand. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = createPool(options);
  if (options.metrics) observePool(pool, options.poolSize, options.metrics);
  const client = new PrismaClient({
    adapter: new PrismaPg(pool),
    // Prisma's own limits are shorter than those of a statement and of a connection.
    transactionOptions: {
      maxWait: CONNECT_TIMEOUT_MS,
      timeout: options.statementTimeoutMs + SILENCE_MS,
    },
  });
  await client.$connect();
  const outages = reportOutages({ log: options.log, isThere: () => takesWrites(pool) });
  let isClosed = false;
  function rethrowCoded(error: unknown): never {
    const coded = toDatabaseError(error);
    if (coded !== error && isOutage(coded) && !isClosed) outages.failed(coded);
    throw coded;
  }
  const prisma = withCodedErrors(client, rethrowCoded);
  const { isPooled } = takePooler(options.url);
  const prepare = prepareStatements(isPooled ? 0 : MAX_PREPARED);
  const schema = await openSchemaVersion({
    query: async (text) => await pool.query(text).catch(rethrowCoded),
    log: options.log,
    directory: options.migrations,
  });
  const wire = { prepare, silenceMs: options.statementTimeoutMs + SILENCE_MS };

  return {
    prisma,
    pool,
    schema,
    async query<R extends pg.QueryResultRow>(text: string, values?: unknown[]) {
      const actor = isRead(text) ? undefined : untoldActor();
      if (actor === undefined)
        return await pool.query<R>(prepare(text, values)).catch(rethrowCoded);
      return await runTransaction(pool, wire, async (transaction) => {
        transaction.send(SET_ACTOR, [actor]);
        return await transaction.query<R>(text, values);
      }).catch(rethrowCoded);
    },
    async search(work) {
      return await runTransaction(
        pool,
        { ...wire, prepare: prepareStatements(0) },
        async (client) => {
          client.send(PLAN_FOR_VALUES);
          return await work(client);
        },
      ).catch(rethrowCoded);
    },
    async onConnection(work) {
      return await runOnConnection(pool, wire, work).catch(rethrowCoded);
    },
    async transaction(work) {
      const actor = untoldActor();
      return await runTransaction(pool, wire, async (transaction) => {
        if (actor !== undefined) transaction.send(SET_ACTOR, [actor]);
        return await work(transaction);
      }).catch(rethrowCoded);
    },
    async ping() {
      return await pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await outages[Symbol.asyncDispose]();
      await client.$disconnect();
      await pool.end();
    },
  };
}

/** Options in the URL come last and so win; pg alone would let them replace ours. */
function withOptions(given: string): { connectionString: string; options: string } {
  if (!given.includes('options=')) return { connectionString: given, options: PLAN_BY_KEY };
  const url = new URL(given);
  const own = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  return { connectionString: url.href, options: `${PLAN_BY_KEY} ${own}` };
}

/** Settings of the connection; a pooler would refuse them, so there they are set for the role. */
const ownConnection = (connectionString: string, { statementTimeoutMs }: DatabaseOptions) => ({
  ...withOptions(connectionString),
  statement_timeout: statementTimeoutMs,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
});

function createPool(options: DatabaseOptions): pg.Pool {
  const { url, isPooled } = takePooler(options.url);
  const { connectionString, ssl } = connectionOf(url, options.tls);
  const pool = new pg.Pool({
    ...(isPooled ? { connectionString } : ownConnection(connectionString, options)),
    ...(ssl !== undefined && { ssl }),
    max: options.poolSize,
    application_name: options.applicationName,
    query_timeout: options.statementTimeoutMs + SILENCE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  });
  // Without a listener, a lost connection would end the process: the pool listens only to idle clients, so checked-out
  // clients need their own. The next statement reports the loss.
  const ignore = () => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  discardReadOnly(pool);
  return pool;
}

/** A demoted primary may keep its connections; one that refused a write is closed. */
function discardReadOnly(pool: pg.Pool): void {
  const readOnly = new WeakSet<pg.PoolClient>();
  pool.on('connect', (client) =>
    client.connection.on('errorMessage', (error) => {
      if (isReadOnly(error)) readOnly.add(client);
    }),
  );
  // Prisma releases a client without the error that ended its transaction.
  pool.on('release', (_error, client) => {
    if (readOnly.has(client)) void client.end();
  });
}

/** A statement that changes nothing. */
const isRead = (text: string): boolean => /^\s*SELECT\b/i.test(text);
const READING = /^(find|count|aggregate|groupBy)/;

/** The extended client lacks only `$on`, which is not used. */
function withCodedErrors(
  client: PrismaClient,
  rethrowCoded: (error: unknown) => never,
): PrismaClient {
  const coded = client.$extends({
    query: {
      async $allOperations({ operation, args, query }): Promise<unknown> {
        const actor = READING.test(operation) ? undefined : untoldActor();
        const asked = query(args) as Prisma.PrismaPromise<unknown>;
        if (actor === undefined) return await asked.catch(rethrowCoded);
        const changing = client.$transaction([tellActor(client, actor), asked]);
        const [, result] = await changing.catch(rethrowCoded);
        return result;
      },
    },
  }) as unknown as PrismaClient;
  // Prisma extensions do not see begin and commit.
  return new Proxy(coded, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (name !== '$transaction' || typeof member !== 'function') return member;
      return async (...given: unknown[]) =>
        await transactAsActor(target, member as Transact, given).catch(rethrowCoded);
    },
  });
}

type Transact = (...given: unknown[]) => Promise<unknown>;

const tellActor = (client: Pick<PrismaClient, '$executeRawUnsafe'>, actor: string) =>
  client.$executeRawUnsafe(SET_ACTOR, actor);

/** Begins a transaction of Prisma, a list of statements or a function, by saying who acts. */
async function transactAsActor(
  client: PrismaClient,
  transact: Transact,
  [work, ...options]: unknown[],
): Promise<unknown> {
  const actor = untoldActor();
  const run = async (changed: unknown): Promise<unknown> =>
    await transact.apply(client, [changed, ...options]);
  if (actor === undefined) return await run(work);
  return await asTold(actor, async () => {
    if (!Array.isArray(work)) return await run(toldFirst(work as Interactive, actor));
    const [, ...results] = (await run([
      tellActor(client, actor),
      ...(work as unknown[]),
    ])) as unknown[];
    return results;
  });
}

type Interactive = (tx: Pick<PrismaClient, '$executeRawUnsafe'>) => Promise<unknown>;

const toldFirst =
  (work: Interactive, actor: string): Interactive =>
  async (tx) => {
    await tellActor(tx, actor);
    return await work(tx);
  };

/** False for a read-only standby; its connection is closed. */
async function takesWrites(pool: pg.Pool): Promise<boolean> {
  const client = await pool.connect();
  let isWritable = false;
  try {
    const { rows } = await client.query<{ setting: string }>(
      "SELECT current_setting('transaction_read_only') AS setting",
    );
    isWritable = rows[0]?.setting === 'off';
    return isWritable;
  } finally {
    client.release(!isWritable);
  }
}
