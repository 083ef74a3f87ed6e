import type pg from 'pg';
import { type PrismaClient } from '../generated/client.js';

export interface Connection {
  /**
   * One statement, for the hot paths. One with values is parsed and planned once per connection; an outage
   * is AppError('service.unavailable'), a statement that took too long AppError('service.overloaded').
   */
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

export interface Transaction extends Connection {
  /**
   * Sends a statement without waiting for its answer. Postgres runs it after those before it; when it fails, so does
   * the transaction, at its next `query` or at its end.
   */
  send(text: string, values?: unknown[]): void;
}

export interface Database extends AsyncDisposable, Connection {
  /** The typed client, for everyday reads and writes. */
  prisma: PrismaClient;
  /** The same connections without Prisma; its errors come as pg throws them. */
  pool: pg.Pool;
  /** Runs `work` on one connection: statements that it does not wait for are sent one behind the other. */
  onConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Commits what `work` did, or rolls it back when it throws or one of its statements failed. */
  transaction<T>(work: (client: Transaction) => T | Promise<T>): Promise<T>;
  /** False when the database does not answer. */
  ping(): Promise<boolean>;
}
