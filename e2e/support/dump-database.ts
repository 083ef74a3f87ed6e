import { openDatabase } from '@calseta/database';

export type TableRows = { table: string; rows: string[] };

/** Every row of every table, as text: bytes in hexadecimal, JSON as it is. */
export async function dumpDatabase(url: string): Promise<TableRows[]> {
  await using database = await openDatabase({
    url,
    applicationName: 'test',
    poolSize: 1,
    statementTimeoutMs: 30_000,
  });
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const found: TableRows[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    found.push({ table: name, rows: rows.map(({ row }) => row) });
  }
  return found;
}
