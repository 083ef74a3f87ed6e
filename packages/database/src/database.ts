import type pg from 'pg';
import { type PrismaClient } from './generated/client.js';

export interface Connection {
  /**
   * One statement, for the hot paths. One with values is parsed and planned once per connection; an outage
   * is AppError('service.unavailable'), a statement that took too long AppError('service.overloaded').
   */
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

export interface Database extends AsyncDisposable, Connection {
  /** The typed client, for everyday reads and writes. */
  prisma: PrismaClient;
  /** The same connections without Prisma; its errors come as pg throws them. */
  pool: pg.Pool;
  /** Commits what `work` did, or rolls it back when it throws. */
  transaction<T>(work: (client: Connection) => Promise<T>): Promise<T>;
  /** False when the database does not answer. */
  ping(): Promise<boolean>;
}
