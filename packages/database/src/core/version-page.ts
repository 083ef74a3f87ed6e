import { z } from 'zod';
import { type Database } from './database.js';
import { type LargeRows } from './fit-rows.js';
import { type Page, type PageRequest, readWeighed, weighKeysetPage } from './page.js';

type Version = { version: number };

/** The part of a query that selects the numbers of versions, newest first. */
type VersionWindow = {
  where: { version?: { lt: number } };
  orderBy: { version: 'desc' };
  take: number;
  select: { version: true };
};

/** The versions of one resource, which may be large. */
export type VersionSource<Row, R> = {
  rows: LargeRows;
  /** The column that names the resource, and its id. */
  of: readonly [column: string, id: string];
  find(window: VersionWindow): Promise<Version[]>;
  /** Newest first. */
  read(versions: number[]): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Reads a page of versions, newest first, which ends before it is larger than `MAX_PAGE_BYTES`. */
export async function readVersionPage<Row, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  page: PageRequest,
  { of: [column, id], find, read, ...source }: VersionSource<Row, R>,
): Promise<Page<R>> {
  const weighed = await weighKeysetPage(database, page, {
    ...source,
    positionSchema: z.int32(),
    positionOf: ({ version }: Version) => version,
    find: async (after, take) =>
      await find({
        where: after === undefined ? {} : { version: { lt: after } },
        orderBy: { version: 'desc' },
        take,
        select: { version: true },
      }),
    keysOf: (places) => ({
      [column]: places.map(() => id),
      version: places.map(({ version }) => version),
    }),
    read: async (places) => await read(places.map(({ version }) => version)),
  });
  return await readWeighed(database, weighed);
}
