import type pg from 'pg';
import { type PrismaClient } from './generated/client.js';

export interface Database extends AsyncDisposable {
  /** The typed client, for everyday reads and writes. */
  prisma: PrismaClient;
  /** The same connections without Prisma; its errors come as pg throws them. */
  pool: pg.Pool;
  /** One statement on the pool, for the hot paths; an outage is AppError('service.unavailable'). */
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
  /** Commits what `work` did, or rolls it back when it throws. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** False when the database does not answer. */
  ping(): Promise<boolean>;
}
