import { type TestDatabase, testDatabase } from '@calseta/testing';
import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { type DatabaseOptions, openDatabase } from '../src/core/connection/open-database.js';
import { type Database } from '../src/core/database.js';

/** Opens the database of the test file with small limits. */
export const openTestDatabase = async (url: string, options: Partial<DatabaseOptions> = {}) =>
  await openDatabase({
    url,
    poolSize: 8,
    applicationName: 'database-test',
    statementTimeoutMs: 10_000,
    ...options,
  });

/** Gives the tests of a file, or of a `describe`, a database of their own, open from the first test to the last. */
export function withDatabase(use: (database: Database) => void): void {
  let home: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    home = await testDatabase();
    database = await openTestDatabase(home.url);
    use(database);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await home.drop();
  });
}

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
