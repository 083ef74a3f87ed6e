/** What a connection of `pg` offers. */
export type Client = { query: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }> };
type Index = { name: string; definition: string };

/** Indexes that no constraint needs. */
const INDEXES = `
  SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index
   WHERE indrelid = ANY($1::regclass[])
     AND indexrelid NOT IN (SELECT conindid FROM pg_constraint WHERE conindid <> 0)`;

/** Fills tables while they have no indexes, and builds these afterwards: several times as fast as keeping them up. */
export async function withoutIndexes(
  client: Client,
  tables: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const indexes = (await client.query(INDEXES, [tables])).rows as Index[];
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await fill();
  for (const { definition } of indexes) await client.query(definition);
}
