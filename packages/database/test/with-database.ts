import { testDatabase } from '@calseta/testing';
import pg from 'pg';
import { type DatabaseOptions, openDatabase } from '../src/core/connection/open-database.js';

/** Opens the database of the test file with small limits. */
export const openTestDatabase = async (url: string, options: Partial<DatabaseOptions> = {}) =>
  await openDatabase({
    url,
    poolSize: 8,
    applicationName: 'database-test',
    statementTimeoutMs: 10_000,
    ...options,
  });

/** Runs a test with empty databases on the test server. */
export async function withEmptyDatabases(
  count: number,
  body: (urls: string[]) => Promise<void>,
): Promise<void> {
  const home = await testDatabase();
  const names = Array.from({ length: count }, (_, index) => `empty_${process.pid}_${index}`);
  const admin = new pg.Client({ connectionString: home.url });
  await admin.connect();
  try {
    for (const name of names) {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    }
    await body(names.map((name) => Object.assign(new URL(home.url), { pathname: name }).href));
  } finally {
    for (const name of names) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
    await home.drop();
  }
}
