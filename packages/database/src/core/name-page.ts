import { type z } from 'zod';
import { type Database } from './database.js';
import { type LargeRows } from './fit-rows.js';
import { type Page, type PageRequest, readWeighed, weighKeysetPage } from './page.js';

/** The parts of queries for a list in the order of names. */
type NameWindow = {
  where: { name?: { gt: string } };
  orderBy: { name: 'asc' };
  take: number;
  select: { name: true };
};
type Named = { where: { name: { in: string[] } }; orderBy: { name: 'asc' } };

/** A list of large rows that a name selects. */
export type NamedSource<Row, R> = {
  rows: LargeRows;
  positionSchema: z.ZodType<string>;
  find(query: NameWindow): Promise<{ name: string }[]>;
  read(query: Named): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Reads one page in the order of names, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export async function readNamedPage<Row, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  request: PageRequest,
  { find, read, ...source }: NamedSource<Row, R>,
): Promise<Page<R>> {
  const orderBy = { name: 'asc' } as const;
  const weighed = await weighKeysetPage(database, request, {
    ...source,
    positionOf: ({ name }: { name: string }) => name,
    find: async (after, take) =>
      await find({
        where: after === undefined ? {} : { name: { gt: after } },
        orderBy,
        take,
        select: { name: true },
      }),
    keysOf: (places) => ({ name: places.map(({ name }) => name) }),
    read: async (places) =>
      await read({ where: { name: { in: places.map(({ name }) => name) } }, orderBy }),
  });
  return await readWeighed(database, weighed);
}
