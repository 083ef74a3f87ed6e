import type pg from 'pg';
import { type ReadLarge } from './connection/large-reads.js';
import { type SchemaVersion } from './connection/schema-version.js';
import { type PrismaClient } from '../generated/client.js';

export interface Connection {
  /**
   * Runs one statement on a hot path. A statement with values is parsed and planned once per connection. An outage
   * throws AppError('service.unavailable'), a time-out AppError('service.overloaded').
   */
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

export interface Transaction extends Connection {
  /**
   * Sends a statement without waiting for its answer; statements run in order. If it fails, the transaction fails at
   * its next `query` or at its end.
   */
  send(text: string, values?: unknown[]): void;
}

export interface Database extends AsyncDisposable, Connection {
  /** The typed client for ordinary reads and writes. */
  prisma: PrismaClient;
  /** The same connections without Prisma; errors are thrown as pg throws them. */
  pool: pg.Pool;
  /**
   * Runs reads whose best plan differs between values: each is planned for its own, and costs are those of pages in memory,
   * in microseconds.
   */
  search<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Runs `work` on one connection; statements can be sent without waiting for earlier answers. */
  onConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Waits until the rows that are read for other answers leave room. */
  readLarge: ReadLarge;
  /** Commits the work, or rolls it back when `work` throws or a statement fails. */
  transaction<T>(work: (client: Transaction) => T | Promise<T>): Promise<T>;
  /** Which migrations are applied, and which are missing for this build. */
  schema: SchemaVersion;
  /** False when the database does not answer. */
  ping(): Promise<boolean>;
}
