import type pg from 'pg';

/** Port: shows numbers that are read when somebody asks. */
export interface DatabaseMetrics {
  watch(name: string, help: string, read: () => number): void;
}

/** Shows how many connections the pool of this process uses, and how many callers wait for one. */
export function observePool(pool: pg.Pool, poolSize: number, metrics: DatabaseMetrics): void {
  metrics.watch(
    'calseta_database_connections_used',
    'Connections to Postgres that are at work.',
    () => pool.totalCount - pool.idleCount,
  );
  metrics.watch(
    'calseta_database_connections_waiting',
    'Callers that wait for a connection to Postgres.',
    () => pool.waitingCount,
  );
  metrics.watch(
    'calseta_database_connections_max',
    'Connections to Postgres that this process may hold.',
    () => poolSize,
  );
}
