import { decodeCursor, encodeCursor, notACursor, uuidSchema } from '@calseta/common';
import { type z } from 'zod';
import { type Connection, type Database } from './database.js';
import { isNoTime } from './errors.js';
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
async function readKeysetPage<Row, P, R>(
  { cursor, pageSize, includeTotal }: PageRequest,
  source: KeysetSource<Row, P, R>,
): Promise<Page<R>> {
  const after = cursor === undefined ? undefined : decodeCursor(source.positionSchema, cursor);
  const [rows, total] = await Promise.all([
    // One extra row shows whether there is another page.
    source.find(after, pageSize + 1).catch((error: unknown) => {
      // The time in a cursor is text of Postgres, which alone can tell whether it is one.
      throw after !== undefined && isNoTime(error) ? notACursor() : error;
    }),
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
export type WeighedSource<Place, P, Row, R> = Omit<KeysetSource<Place, P, R>, 'toResource'> & {
  rows: LargeRows;
  keysOf(places: readonly Place[]): RowKeys;
  /** In the order of the places; a row that was deleted in between is left out. */
  read(places: readonly Place[]): Promise<Row[]>;
  /** The same without weighing before, where they take at most `SMALL_PAGE_BYTES`; none where they take more. */
  readSmall?(places: readonly Place[]): Promise<Row[]>;
  toResource(row: Row): R;
};

/** Pages of at most so many bytes are read at once, whatever others hold. */
export const SMALL_PAGE_BYTES = 262_144;

/** A page, and the bytes of its rows that are still to be read. */
export type WeighedPage<R> = { bytes: number; read: () => Promise<Page<R>> };

/** Finds one page by keyset, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export async function weighKeysetPage<Place, P, Row, R>(
  database: Connection,
  request: PageRequest,
  { rows, keysOf, read, readSmall, toResource, ...source }: WeighedSource<Place, P, Row, R>,
): Promise<WeighedPage<R>> {
  const { items: places, ...page } = await readKeysetPage(request, {
    ...source,
    toResource: (place: Place) => place,
  });
  const small = (await readSmall?.(places)) ?? [];
  if (small.length > 0) {
    const items = small.map(toResource);
    return { bytes: 0, read: async () => await Promise.resolve({ ...page, items }) };
  }
  const fit = await fitRows(database, rows, keysOf(places));
  const shown = places.slice(0, fit.count);
  const last = shown.at(-1);
  return {
    bytes: fit.bytes,
    read: async () => ({
      ...page,
      items: (await read(shown)).map(toResource),
      ...(last !== undefined &&
        shown.length < places.length && { nextCursor: encodeCursor(source.positionOf(last)) }),
    }),
  };
}

/** A list of large rows that an id selects. */
export type LargeKeysetSource<Place extends { id: string }, P, Row, R> = Omit<
  WeighedSource<Place, P, Row, R>,
  'keysOf'
>;

/** Reads one page by keyset, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export const readLargeKeysetPage = async <Place extends { id: string }, P, Row, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  request: PageRequest,
  source: LargeKeysetSource<Place, P, Row, R>,
): Promise<Page<R>> =>
  await readWeighed(
    database,
    await weighKeysetPage(database, request, { ...source, keysOf: idsOf }),
  );

/** Reads a weighed page once others leave room; for one that was small nothing has to be waited for. */
export const readWeighed = async <R>(
  { readLarge }: Pick<Database, 'readLarge'>,
  { bytes, read }: WeighedPage<R>,
): Promise<Page<R>> => (bytes === 0 ? await read() : await readLarge(bytes, read));

const idsOf = (places: readonly Paged[]): RowKeys => ({ id: places.map(({ id }) => id) });

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

export type Paged = { id: string };

/** Where a list in id order goes on. */
export const inIdOrder = <Row extends Paged>({
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
