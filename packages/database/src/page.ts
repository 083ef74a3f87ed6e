import { decodeCursor, encodeCursor, uuidSchema } from '@calseta/common';

export type PageRequest = { cursor?: string | undefined; pageSize: number; includeTotal: boolean };
export type Page<R> = { items: R[]; nextCursor: string | null; total?: number };

/** The part of a query that makes it one page; ids are UUIDv7, so their order is that of creation. */
export type PageQuery = {
  where: { id?: { lt: string } | { gt: string } };
  orderBy: { id: 'asc' | 'desc' };
  take: number;
};

export type PageSource<Row, R> = {
  order: 'oldest_first' | 'newest_first';
  find(query: PageQuery): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Reads one page by keyset: stable under inserts, and as fast on the thousandth page as on the first. */
export async function readPage<Row extends { id: string }, R>(
  { cursor, pageSize, includeTotal }: PageRequest,
  source: PageSource<Row, R>,
): Promise<Page<R>> {
  const isAscending = source.order === 'oldest_first';
  const position = cursor === undefined ? undefined : decodeCursor(uuidSchema, cursor);
  const [rows, total] = await Promise.all([
    source.find({
      where:
        position === undefined ? {} : { id: isAscending ? { gt: position } : { lt: position } },
      orderBy: { id: isAscending ? 'asc' : 'desc' },
      // One more than is shown tells whether there is another page.
      take: pageSize + 1,
    }),
    includeTotal ? source.count() : undefined,
  ]);
  const shown = rows.slice(0, pageSize);
  const last = shown.at(-1);
  return {
    items: shown.map(source.toResource),
    nextCursor: rows.length > pageSize && last ? encodeCursor(last.id) : null,
    ...(total !== undefined && { total }),
  };
}
