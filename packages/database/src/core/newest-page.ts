import { instantSchema } from '@calseta/common';
import { z } from 'zod';
import { type Database } from './database.js';
import { type LargeRows } from './fit-rows.js';
import { type Page, type PageRequest, readLargeKeysetPage } from './page.js';

type Place = { id: string; createdAt: Date };

type NewestFirst = [{ createdAt: 'desc' }, { id: 'desc' }];

/** The parts of queries for a list in the order of creation. */
type NewestWindow = {
  where: { OR?: [{ createdAt: { lt: Date } }, { createdAt: Date; id: { lt: string } }] };
  select: { id: true; createdAt: true };
  orderBy: NewestFirst;
  take: number;
};
type Among = { where: { id: { in: string[] } }; orderBy: NewestFirst };

/** A list of large rows, the newest first. */
export type NewestSource<Row, R> = {
  rows: LargeRows;
  idSchema: z.ZodType<string>;
  find(query: NewestWindow): Promise<Place[]>;
  read(query: Among): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Reads one page, the newest first, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export async function readNewestPage<Row, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  request: PageRequest,
  { idSchema, find, read, ...source }: NewestSource<Row, R>,
): Promise<Page<R>> {
  const positionSchema = z.object({ at: instantSchema, id: idSchema });
  type Position = z.infer<typeof positionSchema>;
  const orderBy: NewestFirst = [{ createdAt: 'desc' }, { id: 'desc' }];
  return await readLargeKeysetPage<Place, Position, Row, R>(database, request, {
    ...source,
    positionSchema,
    positionOf: ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }),
    find: async (after, take) =>
      await find({
        where: after === undefined ? {} : { OR: isAfter(after) },
        select: { id: true, createdAt: true },
        orderBy,
        take,
      }),
    read: async (places) =>
      await read({ where: { id: { in: places.map(({ id }) => id) } }, orderBy }),
  });
}

const isAfter = ({
  at,
  id,
}: {
  at: string;
  id: string;
}): NonNullable<NewestWindow['where']['OR']> => [
  { createdAt: { lt: new Date(at) } },
  { createdAt: new Date(at), id: { lt: id } },
];
