import { z } from 'zod';
import { type Database } from './database.js';
import { type LargeRows } from './fit-rows.js';
import { type Page, type PageRequest, readWeighed, weighKeysetPage } from './page.js';

type Version = { version: number };

/** The versions of one resource, which may be large. */
export type VersionSource<Row, R> = {
  rows: LargeRows;
  /** The column that names the resource, and its id. */
  of: readonly [column: string, id: string];
  /** Newest first. */
  read(versions: number[]): Promise<Row[]>;
  toResource(row: Row): R;
};

/** Reads a page of versions, newest first, which ends before it is larger than `MAX_PAGE_BYTES`. */
export async function readVersionPage<Row, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  page: PageRequest,
  { rows, of: [column, id], read, toResource }: VersionSource<Row, R>,
): Promise<Page<R>> {
  const ofResource = `FROM ${rows.table} WHERE ${column} = $1::uuid`;
  const weighed = await weighKeysetPage(database, page, {
    rows,
    toResource,
    positionSchema: z.int32(),
    positionOf: ({ version }: Version) => version,
    find: async (after, take) => {
      const before = '($2::int IS NULL OR version < $2)';
      const found = await database.query<Version>(
        `SELECT version ${ofResource} AND ${before} ORDER BY version DESC LIMIT $3`,
        [id, after, take],
      );
      return found.rows;
    },
    count: async () => {
      const found = await database.query<{ count: number }>(`SELECT count(*)::int ${ofResource}`, [
        id,
      ]);
      return found.rows[0]?.count ?? 0;
    },
    keysOf: (places) => ({
      [column]: places.map(() => id),
      version: places.map(({ version }) => version),
    }),
    read: async (places) => await read(places.map(({ version }) => version)),
  });
  return await readWeighed(database, weighed);
}
