import { type Database, openDatabase } from '@calseta/database';

/** Connects to a test database. */
export const openTestDatabase = async (url: string): Promise<Database> =>
  await openDatabase({ url, poolSize: 6, applicationName: 'test', statementTimeoutMs: 10_000 });
