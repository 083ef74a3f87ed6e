import { isOutage } from '@calseta/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../../generated/client.js';
import { SET_ACTOR, untoldActor } from '../audit-actor.js';
import { type Database } from '../database.js';
import { toDatabaseError } from '../errors.js';
import { withCodedErrors } from './coded-prisma.js';
import {
  CONNECT_TIMEOUT_MS,
  createPool,
  type PoolOptions,
  SILENCE_MS,
  takesWrites,
} from './create-pool.js';
import { type DatabaseMetrics, observePool } from './database-metrics.js';
import { createLargeReads } from './large-reads.js';
import { takePooler } from './pooler.js';
import { MAX_PREPARED, prepareStatements } from './prepare-statements.js';
import { type DatabaseLog, reportOutages } from './report-outage.js';
import { runOnConnection, runTransaction } from './run-transaction.js';
import { openSchemaVersion } from './schema-version.js';

export type DatabaseOptions = PoolOptions & {
  /** Directory of the migrations that are needed; that of this build by default. */
  migrations?: string | undefined;
  /** Logs outages and recoveries. */
  log?: DatabaseLog;
  /** Shows how far the pool is used. */
  metrics?: DatabaseMetrics;
};

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
  const unprepared = { ...wire, prepare: prepareStatements(0) };

  return {
    prisma,
    pool,
    schema,
    readLarge: createLargeReads(options.metrics),
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
      return await runTransaction(pool, unprepared, async (transaction) => {
        transaction.send(PLAN_FOR_VALUES);
        return await work(transaction);
      }).catch(rethrowCoded);
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

/** A statement that changes nothing. */
const isRead = (text: string): boolean => /^\s*SELECT\b/i.test(text);
