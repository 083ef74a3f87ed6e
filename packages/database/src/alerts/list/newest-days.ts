import { type Connection } from '../../core/database.js';
import { type Condition, render } from './conditions.js';
import { estimate } from './estimate.js';
import { categoriesOf, findByCategory } from './find-by-category.js';
import { type Finder } from './finders.js';
import { gather } from './gather.js';
import { type Search } from './search.js';
import { type Position, type Window } from './window.js';

/** The days in which a whole page is expected: what it costs (µs) to read all that match in them, and how. */
export type NewestDays = { cost: number; read: () => Promise<Position[]> };

/** A list, and the share of its span in which a page is expected. */
type Part = { search: Search; window: Window; share: number };

const DAY_MS = 86_400_000;
/** So many times the share is read, because what matches is not spread evenly. */
const MARGIN = 1.3;
/** Where more of the list is needed, all of it is gathered. */
const LARGEST_SHARE = 0.5;
const MAX_DAYS = 400;

/** Measured, in microseconds. */
const COSTS = {
  /** An entry of a word in the index. */
  entry: 0.5,
  /** What has the words and the day: its row there, and the alert. */
  hit: 5,
  /** The first of one category's alerts of each source. */
  category: 40,
  /** An alert of a category. */
  alert: 3,
};

/**
 * The newest days of a list, where an index holds what is wanted by day or by time; undefined where none does, or where they
 * would be most of the list.
 */
export async function newestDays(
  connection: Connection,
  { search, window, share }: Part,
): Promise<NewestDays | undefined> {
  const finder = search.finders.find(({ onDays }) => onDays !== undefined);
  const isByDay = finder !== undefined || isNarrowedCategory(search.conditions);
  if (window.order !== 'received_at' || !isByDay || share * MARGIN > LARGEST_SHARE)
    return undefined;
  const span = await spanOf(connection, search.conditions);
  if (!span) return undefined;
  const from = startOfDay(span.newest - share * MARGIN * (span.newest - span.oldest));
  const days = daysBetween(from, span.newest);
  if (days.length > MAX_DAYS) return undefined;
  const conditions = [...search.conditions, receivedSince(from)];
  const part = { ...search, conditions };
  return finder
    ? await ofWords(connection, { search: part, window, finder, days })
    : await ofCategories(connection, { search: part, window });
}

async function ofWords(
  connection: Connection,
  {
    search: { conditions },
    window,
    finder,
    days,
  }: Omit<Part, 'share'> & { finder: Finder; days: readonly string[] },
): Promise<NewestDays> {
  const leading = { ...finder, ids: finder.onDays?.(days) ?? finder.ids };
  const values: unknown[] = [];
  const { rows } = await estimate(connection, leading.ids(values), values);
  return {
    cost: finder.rows * COSTS.entry + rows * COSTS.hit,
    read: async () => await gather(connection, { conditions, leading }, window),
  };
}

async function ofCategories(
  connection: Connection,
  { search: { filter, conditions }, window }: Omit<Part, 'share'>,
): Promise<NewestDays> {
  const values: unknown[] = [];
  const inIndex = render(
    conditions.filter(({ kind }) => kind === 'category' || kind === 'received'),
    values,
  );
  const { rows } = await estimate(connection, `SELECT a.id FROM alerts a WHERE ${inIndex}`, values);
  return {
    cost: combinedIn(filter) * COSTS.category + rows * COSTS.alert,
    read: async () => await findByCategory(connection, filter, { ...window, conditions }),
  };
}

/** How many combinations of categories a filter allows, those of different sources taken as one. */
const combinedIn = (filter: Search['filter']): number =>
  categoriesOf(filter).reduce((count, values) => count * values.length, 1);

/** Whether alerts of a category are wanted that have something more, which another index has in no order of time. */
function isNarrowedCategory(conditions: readonly Condition[]): boolean {
  const has = (kind: Condition['kind']): boolean => conditions.some((one) => one.kind === kind);
  return has('category') && has('selective') && !has('listed') && !has('found');
}

/** Times (ms) of the newest and the oldest alert; undefined where there is none. */
async function spanOf(
  { query }: Connection,
  conditions: readonly Condition[],
): Promise<{ oldest: number; newest: number } | undefined> {
  const values: unknown[] = [];
  const span = render(
    conditions.filter(({ kind }) => kind === 'received'),
    values,
  );
  const { rows } = await query<{ oldest: Date | null; newest: Date | null }>(
    `SELECT min(a.received_at) AS oldest, max(a.received_at) AS newest FROM alerts a WHERE ${span}`,
    values,
  );
  const [{ oldest, newest } = { oldest: null, newest: null }] = rows;
  return oldest && newest ? { oldest: oldest.getTime(), newest: newest.getTime() } : undefined;
}

const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** As `2026-01-31`, in UTC. */
const daysBetween = (from: number, to: number): string[] =>
  Array.from({ length: Math.floor((to - from) / DAY_MS) + 1 }, (_none, index) =>
    new Date(from + index * DAY_MS).toISOString().slice(0, 10),
  );

const receivedSince = (from: number): Condition => ({
  kind: 'received',
  value: new Date(from),
  sql: (p) => `a.received_at >= ${p}::timestamptz`,
});
