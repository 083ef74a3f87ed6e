import { decodeCursor, encodeCursor, uuidSchema } from '@calseta/common';
import { type z } from 'zod';
import { type Database } from './database.js';
import { fitRows, type LargeRows, type RowKeys } from './fit-rows.js';

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

/** A list whose rows may be large: their places are found first, then the rows that fit on a page are read. */
export type LargeKeysetSource<Place extends { id: string }, P, Row, R> = Omit<
  KeysetSource<Place, P, R>,
  'toResource'
> & {
  rows: LargeRows;
  /** What the key of the table has besides the id. */
  within?: Readonly<Record<string, string>>;
  /** In the order of the places; a row that was deleted in between is left out. */
  read(places: readonly Place[]): Promise<Row[]>;
  toResource(row: Row): R;
};

/** Reads one page by keyset, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export async function readLargeKeysetPage<Place extends { id: string }, P, Row, R>(
  { query, readLarge }: Pick<Database, 'query' | 'readLarge'>,
  request: PageRequest,
  { rows, within = {}, read, toResource, ...source }: LargeKeysetSource<Place, P, Row, R>,
): Promise<Page<R>> {
  const { items: places, ...page } = await readKeysetPage(request, {
    ...source,
    toResource: (place: Place) => place,
  });
  const fit = await fitRows({ query }, rows, keysOf(places, within));
  const shown = places.slice(0, fit.count);
  const last = shown.at(-1);
  return {
    ...page,
    items: await readLarge(fit.bytes, async () => (await read(shown)).map(toResource)),
    ...(last !== undefined &&
      shown.length < places.length && { nextCursor: encodeCursor(source.positionOf(last)) }),
  };
}

const keysOf = (
  places: readonly { id: string }[],
  within: Readonly<Record<string, string>>,
): RowKeys => ({
  id: places.map(({ id }) => id),
  ...Object.fromEntries(
    Object.entries(within).map(([column, value]) => [column, places.map(() => value)]),
  ),
});

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

type Paged = { id: string };

const inIdOrder = <Row extends Paged>({
  order,
  find,
}: Pick<PageSource<Row, unknown>, 'order' | 'find'>) => ({
  positionSchema: uuidSchema,
  positionOf: ({ id }: Row) => id,
  find: async (after: string | undefined, take: number) =>
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
});

/** Reads one page in id order. */
export const readPage = async <Row extends Paged, R>(
  page: PageRequest,
  { count, toResource, ...source }: PageSource<Row, R>,
): Promise<Page<R>> => await readKeysetPage(page, { ...inIdOrder(source), count, toResource });

/** The same of a query for ids alone. */
export type IdWindow = RowWindow & { select: { id: true } };

/** A list in id order whose rows may be large. */
export type LargePageSource<Row, R> = {
  order: PageSource<Row, R>['order'];
  rows: LargeRows;
  within?: Readonly<Record<string, string>>;
  find(query: IdWindow): Promise<Paged[]>;
  /** Rows with these ids, in any order. */
  read(where: { id: { in: string[] } }): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Reads one page in id order, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export const readLargePage = async <Row extends Paged, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  page: PageRequest,
  { order, find, read, ...source }: LargePageSource<Row, R>,
): Promise<Page<R>> =>
  await readLargeKeysetPage(database, page, {
    ...inIdOrder({ order, find: async (query) => await find({ ...query, select: { id: true } }) }),
    ...source,
    read: async (places) => {
      const ids = places.map(({ id }) => id);
      const byId = new Map((await read({ id: { in: ids } })).map((row) => [row.id, row]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
  });
