import { decodeCursor, encodeCursor, uuidSchema } from '@calseta/common';
import { type z } from 'zod';

export type PageRequest = { cursor?: string | undefined; pageSize: number; includeTotal: boolean };
export type Page<R> = {
  items: R[];
  nextCursor: string | null;
  total?: number;
  /** There are more than `total`, which are not counted. */
  totalIsAtLeast?: true;
};

/** A list ordered by a position that each row has. */
export type KeysetSource<Row, P, R> = {
  positionSchema: z.ZodType<P>;
  positionOf(row: Row): P;
  /** Rows after a position, or the first rows. */
  find(after: P | undefined, take: number): Promise<Row[]>;
  /** All of them; or those up to `maxTotal` and one more. */
  count(): Promise<number>;
  maxTotal?: number;
  toResource(row: Row): R;
};

/** Reads one page by keyset: stable under inserts, and equally fast for every page. */
export async function readKeysetPage<Row, P, R>(
  { cursor, pageSize, includeTotal }: PageRequest,
  source: KeysetSource<Row, P, R>,
): Promise<Page<R>> {
  const after = cursor === undefined ? undefined : decodeCursor(source.positionSchema, cursor);
  const [rows, total] = await Promise.all([
    // One extra row shows whether there is another page.
    source.find(after, pageSize + 1),
    includeTotal ? source.count() : undefined,
  ]);
  const shown = rows.slice(0, pageSize);
  const last = shown.at(-1);
  const hasMore = rows.length > pageSize && last !== undefined;
  return {
    items: shown.map(source.toResource),
    nextCursor: hasMore ? encodeCursor(source.positionOf(last)) : null,
    ...(total !== undefined && totalOf(total, source.maxTotal)),
  };
}

const totalOf = (
  counted: number,
  max = Infinity,
): Pick<Page<unknown>, 'total' | 'totalIsAtLeast'> =>
  counted > max ? { total: max, totalIsAtLeast: true } : { total: counted };

/** The part of a query that selects one page; ids are UUIDv7, so their order is that of creation. */
export type RowWindow = {
  where: { id?: { lt: string } | { gt: string } };
  orderBy: { id: 'asc' | 'desc' };
  take: number;
};

export type PageSource<Row, R> = {
  order: 'oldest_first' | 'newest_first';
  find(query: RowWindow): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Reads one page in id order. */
export const readPage = async <Row extends { id: string }, R>(
  page: PageRequest,
  { order, find, count, toResource }: PageSource<Row, R>,
): Promise<Page<R>> =>
  await readKeysetPage(page, {
    positionSchema: uuidSchema,
    positionOf: ({ id }: Row) => id,
    find: async (after, take) =>
      await find(
        order === 'oldest_first'
          ? {
              where: after === undefined ? {} : { id: { gt: after } },
              orderBy: { id: 'asc' },
              take,
            }
          : {
              where: after === undefined ? {} : { id: { lt: after } },
              orderBy: { id: 'desc' },
              take,
            },
      ),
    count,
    toResource,
  });
