import { type Database } from '@calseta/database';
import { type Client } from './without-indexes.js';

/** Rows that the database writes are consistent; checking each one, and syncing each commit, would take most of the time. */
const UNCHECKED = `
  SET session_replication_role = 'replica';
  SET statement_timeout = 0;
  SET synchronous_commit = off;
  SET maintenance_work_mem = '512MB'`;

/** Fills tables on a connection that checks no row, then has Postgres count what stands there. */
export async function fillTables(
  { pool }: Database,
  fill: (client: Client) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(UNCHECKED);
    await fill(client);
    await client.query('VACUUM ANALYZE');
  } finally {
    // With its settings, which are for nothing else.
    client.release(true);
  }
}
