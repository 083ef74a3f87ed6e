import { type Connection, type Database } from './database.js';
import { type LargeRows } from './fit-rows.js';
import {
  inIdOrder,
  type Page,
  type Paged,
  type PageRequest,
  type PageSource,
  readWeighed,
  type RowWindow,
  type WeighedPage,
  weighKeysetPage,
} from './page.js';

/** The part of a query that selects the ids of one page. */
export type IdWindow = RowWindow & { select: { id: true } };

/** A list in id order whose rows may be large. */
export type LargePageSource<Row, R> = {
  order: PageSource<Row, R>['order'];
  rows: LargeRows;
  /** What the key of the table has besides the id. */
  within?: Readonly<Record<string, string>>;
  find(query: IdWindow): Promise<Paged[]>;
  /** Rows with these ids, in any order. */
  read(where: { id: { in: string[] } }): Promise<Row[]>;
  count(): Promise<number>;
  toResource(row: Row): R;
};

/** Finds one page in id order, which ends before the row that would make it larger than `MAX_PAGE_BYTES`. */
export const weighLargePage = async <Row extends Paged, R>(
  database: Connection,
  page: PageRequest,
  { order, find, read, within = {}, ...source }: LargePageSource<Row, R>,
): Promise<WeighedPage<R>> =>
  await weighKeysetPage(database, page, {
    ...inIdOrder({ order, find: async (query) => await find({ ...query, select: { id: true } }) }),
    ...source,
    keysOf: (places) => ({
      id: places.map(({ id }) => id),
      ...Object.fromEntries(
        Object.entries(within).map(([column, value]) => [column, places.map(() => value)]),
      ),
    }),
    read: async (places) => {
      const ids = places.map(({ id }) => id);
      const byId = new Map((await read({ id: { in: ids } })).map((row) => [row.id, row]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
  });

/** Reads such a page once others leave room. */
export const readLargePage = async <Row extends Paged, R>(
  database: Pick<Database, 'query' | 'readLarge'>,
  page: PageRequest,
  source: LargePageSource<Row, R>,
): Promise<Page<R>> => await readWeighed(database, await weighLargePage(database, page, source));
