import { type TlsFiles } from '@calseta/common';
import pg from 'pg';
import { isReadOnly } from '../errors.js';
import { connectionOf } from './database-tls.js';
import { takePooler } from './pooler.js';

export type PoolOptions = {
  url: string;
  tls?: TlsFiles | undefined;
  poolSize: number;
  applicationName: string;
  statementTimeoutMs: number;
};

/** Longest wait for a free or new connection. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Postgres ends a forgotten transaction after this time, and releases its locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
/** Postgres cancels slow statements itself; a server silent for this much longer counts as down. */
export const SILENCE_MS = 2_000;
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

/** Options in the URL come last and so win; pg alone would let them replace ours. */
function withOptions(given: string): { connectionString: string; options: string } {
  if (!given.includes('options=')) return { connectionString: given, options: PLAN_BY_KEY };
  const url = new URL(given);
  const own = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  return { connectionString: url.href, options: `${PLAN_BY_KEY} ${own}` };
}

/** Settings of the connection; a pooler would refuse them, so there they are set for the role. */
const ownConnection = (connectionString: string, { statementTimeoutMs }: PoolOptions) => ({
  ...withOptions(connectionString),
  statement_timeout: statementTimeoutMs,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
});

/** Opens the pool of a process; connections are made on demand. */
export function createPool(options: PoolOptions): pg.Pool {
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

/** False for a read-only standby; its connection is closed. */
export async function takesWrites(pool: pg.Pool): Promise<boolean> {
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
