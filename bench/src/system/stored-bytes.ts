import { type System } from './start-system.js';

export type StoredBytes = {
  /** Of each table with its indexes and out-of-line values, largest first. */
  tables: { name: string; bytes: number }[];
  /** Of the write-ahead log since the cluster was made: what replicas are sent and archives keep. */
  wal: number;
};

const SIZES = `
  SELECT relname AS name, pg_total_relation_size(oid)::float8 AS bytes FROM pg_class
   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY bytes DESC`;
const WAL = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes`;

/** What Postgres holds on its disk at this moment. */
export async function readStoredBytes({ database }: System): Promise<StoredBytes> {
  const tables = await database.pool.query<{ name: string; bytes: number }>(SIZES);
  const wal = await database.pool.query<{ bytes: number }>(WAL);
  return { tables: tables.rows, wal: wal.rows[0]?.bytes ?? Number.NaN };
}
