import { isOutage } from '@calseta/common';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Database } from './database.js';
import { isReadOnly, toDatabaseError } from './errors.js';
import { type DatabaseLog, reportOutages } from './report-outage.js';
import { PrismaClient } from '../generated/client.js';
import { prepareStatements } from './prepare-statements.js';
import { runOnConnection, runTransaction } from './run-transaction.js';

export type DatabaseOptions = {
  url: string;
  poolSize: number;
  applicationName: string;
  statementTimeoutMs: number;
  /** Told of the loss and the return of the server. */
  log?: DatabaseLog;
};

/** How long to wait for a free or a new connection. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** After this a transaction that its process forgot is ended, and its locks with it. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
/** Postgres ends a slow statement itself; a server that says nothing for this much longer is away. */
const SILENCE_MS = 2_000;
/** Idle time after which a connection is probed, so that one whose server vanished is noticed. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/**
 * Everything here is looked up by key, a few rows at a time. A plan that reads whole tables is cheaper while
 * they are small, and a prepared one would stay when they have grown; so such plans are not considered
 * where there is another. JIT would be triggered by the price that this puts on the others.
 */
const PLAN_BY_KEY = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']
  .map((setting) => `-c ${setting}=off`)
  .join(' ');

/** Opens one pool that Prisma and the hot paths share; connections are made on demand and again. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = createPool(options);
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  await client.$connect();
  const outages = reportOutages({ log: options.log, isThere: () => takesWrites(pool) });
  let isClosed = false;
  function rethrowCoded(error: unknown): never {
    const coded = toDatabaseError(error);
    if (coded !== error && isOutage(coded) && !isClosed) outages.failed(coded);
    throw coded;
  }
  const prisma = withCodedErrors(client, rethrowCoded);
  const prepare = prepareStatements();
  const wire = { prepare, silenceMs: options.statementTimeoutMs + SILENCE_MS };

  return {
    prisma,
    pool,
    async query(text, values) {
      return await pool.query(prepare(text, values)).catch(rethrowCoded);
    },
    async onConnection(work) {
      return await runOnConnection(pool, wire, work).catch(rethrowCoded);
    },
    async transaction(work) {
      return await runTransaction(pool, wire, work).catch(rethrowCoded);
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

/** What the URL itself asks for comes last and so wins; pg alone would take it instead of ours. */
function withOptions(given: string): { connectionString: string; options: string } {
  if (!given.includes('options=')) return { connectionString: given, options: PLAN_BY_KEY };
  const url = new URL(given);
  const own = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  return { connectionString: url.href, options: `${PLAN_BY_KEY} ${own}` };
}

function createPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    ...withOptions(options.url),
    max: options.poolSize,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + SILENCE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  });
  // Without listeners, a connection that dies would end the process: the pool listens only to idle
  // clients, so those that are checked out need one of their own. The next statement tells of the loss.
  const ignore = () => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  discardReadOnly(pool);
  return pool;
}

/** A primary that was demoted may keep its connections; one that refused a write is not used again. */
function discardReadOnly(pool: pg.Pool): void {
  const readOnly = new WeakSet<pg.PoolClient>();
  pool.on('connect', (client) =>
    client.connection.on('errorMessage', (error) => {
      if (isReadOnly(error)) readOnly.add(client);
    }),
  );
  // Prisma gives a client back without the error that ended its transaction.
  pool.on('release', (_error, client) => {
    if (readOnly.has(client)) void client.end();
  });
}

/** The extended client lacks `$on` only, which nobody here uses. */
function withCodedErrors(
  client: PrismaClient,
  rethrowCoded: (error: unknown) => never,
): PrismaClient {
  const coded = client.$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrowCoded) },
  }) as unknown as PrismaClient;
  // Beginning and committing are no operations to an extension.
  return new Proxy(coded, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (name !== '$transaction' || typeof member !== 'function') return member;
      return async (...given: unknown[]) =>
        await (Reflect.apply(member, target, given) as Promise<unknown>).catch(rethrowCoded);
    },
  });
}

/** False for a standby, which answers and takes no writes; the connection to it is not used again. */
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
