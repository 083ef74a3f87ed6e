import { type Connection } from '../../core/database.js';
import { type Condition, kindsOf, render } from './conditions.js';
import { estimate, estimateAlerts } from './estimate.js';
import { categoriesOf, findByCategory } from './find-by-category.js';
import { type Finder, type FinderByDay, isByDay } from './finders.js';
import { gather } from './gather.js';
import { type Search } from './search.js';
import { type Position, type Window } from './window.js';

/** A list, and the share of its span in which a page is expected. */
type Part = { search: Search; window: Window; share: number };

/** The newest days of a list: what reading them costs (µs), and how; a page at most, and less where fewer alerts match. */
export type NewestDays = { cost: number; read: () => Promise<Position[]> };

/** From the beginning of a day (ms, UTC) up to a moment that is no part of it. */
type Days = { from: number; to: number };

/** How all that match in some days are read, up to a page, and what that costs (µs). */
type Reader = {
  cost: (days: Days) => Promise<number>;
  read: (days: Days) => Promise<Position[]>;
};

const DAY_MS = 86_400_000;
/** So many times the share is read, because what matches is not spread evenly. */
const MARGIN = 1.3;
/** Reading the newest days costs so many times what they cost, because the days before them are sometimes read too. */
const REPEATS = 1.2;
/** Where more of the list is needed, all of it is gathered. */
const LARGEST_SHARE = 0.5;
const MAX_DAYS = 400;

/** Measured, in microseconds. */
const COSTS = {
  /** An entry of a word in the index. */
  entry: 0.5,
  /** What has the words and the day: its row there, and the alert, which are more often in memory than those of all days. */
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
  const reader = readerOf(connection, search, window);
  if (window.order !== 'received_at' || !reader || share * MARGIN > LARGEST_SHARE) return undefined;
  const span = await spanOf(connection, search.conditions);
  if (!span) return undefined;
  const length = share * MARGIN * (span.newest - span.oldest);
  if (length > MAX_DAYS * DAY_MS) return undefined;
  const days = { from: startOfDay(span.newest - length), to: span.newest + 1 };
  return {
    cost: REPEATS * (await reader.cost(days)),
    async read() {
      const found = await reader.read(days);
      const missing = window.take - found.length;
      if (missing === 0) return found;
      const part = Math.min(1, (MARGIN * missing) / found.length);
      const before = { from: startOfDay(days.from - part * length), to: days.from };
      return [...found, ...(await reader.read(before))].slice(0, window.take);
    },
  };
}

function readerOf(connection: Connection, search: Search, window: Window): Reader | undefined {
  const finder = search.finders.find(isByDay);
  if (finder) return byWords(connection, search, { finder, window });
  return isNarrowedCategory(search.conditions) ? byCategory(connection, search, window) : undefined;
}

function byWords(
  connection: Connection,
  { conditions }: Search,
  { finder, window }: { finder: FinderByDay; window: Window },
): Reader {
  const idsOn = (days: Days): Finder['ids'] => finder.onDays(namesOf(days));
  return {
    async cost(days) {
      const values: unknown[] = [];
      const { rows } = await estimate(connection, idsOn(days)(values), values);
      return finder.rows * COSTS.entry + rows * COSTS.hit;
    },
    read: async (days) =>
      await gather(
        connection,
        {
          conditions: [...conditions, ...receivedOn(days)],
          leading: { ...finder, ids: idsOn(days) },
        },
        window,
      ),
  };
}

function byCategory(
  connection: Connection,
  { filter, conditions }: Search,
  window: Window,
): Reader {
  const inIndex = conditions.filter(({ kind }) => kind === 'category' || kind === 'received');
  return {
    async cost(days) {
      const alerts = await estimateAlerts(connection, [...inIndex, ...receivedOn(days)]);
      return combinedIn(filter) * COSTS.category + alerts * COSTS.alert;
    },
    read: async (days) =>
      await findByCategory(connection, filter, {
        ...window,
        conditions: [...conditions, ...receivedOn(days)],
      }),
  };
}

/** How many combinations of categories a filter allows, those of different sources taken as one. */
const combinedIn = (filter: Search['filter']): number =>
  categoriesOf(filter).reduce((count, values) => count * values.length, 1);

/** Whether alerts of a category are wanted that have something more, which another index has in no order of time. */
function isNarrowedCategory(conditions: readonly Condition[]): boolean {
  const kinds = kindsOf(conditions);
  return (
    kinds.has('category') && kinds.has('selective') && !kinds.has('listed') && !kinds.has('found')
  );
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

/** As `2026-01-31`. */
const namesOf = ({ from, to }: Days): string[] =>
  Array.from({ length: Math.ceil((to - from) / DAY_MS) }, (_none, index) =>
    new Date(from + index * DAY_MS).toISOString().slice(0, 10),
  );

const receivedOn = ({ from, to }: Days): Condition[] => [
  { kind: 'received', value: new Date(from), sql: (p) => `a.received_at >= ${p}::timestamptz` },
  { kind: 'received', value: new Date(to), sql: (p) => `a.received_at < ${p}::timestamptz` },
];
