import { type Connection } from '../../core/database.js';
import { type Condition, kindsOf } from './conditions.js';
import { COSTS } from './costs.js';
import { type Days, namesOf, receivedOn, shareOf, type Span } from './days.js';
import { estimateAlerts } from './estimate.js';
import { categoriesOf, findByCategory } from './find-by-category.js';
import { type Finder, type FinderByDay, isByDay } from './finders.js';
import { gather } from './gather.js';
import { type Search } from './search.js';
import { walkList } from './walk-list.js';
import { type Position, type Window } from './window.js';

/** A list, with its span and how many alerts are in it. */
export type ListInDays = {
  search: Search;
  finders: readonly Finder[];
  window: Window;
  span: Span;
  inSpan: number;
};

/** How all that match in some days are read, up to a page, and what that costs (µs). */
export type DayReader = {
  cost: (days: Days) => number | Promise<number>;
  read: (days: Days) => Promise<Position[]>;
};

/** Whether there may be a reader for a list of these conditions. */
export const mayBeReadInDays = (conditions: readonly Condition[]): boolean =>
  kindsOf(conditions).has('found') || isNarrowedCategory(conditions);

/** The reader of a list where an index holds what is wanted by day or by time; undefined where none does. */
export function dayReaderOf(connection: Connection, list: ListInDays): DayReader | undefined {
  const { conditions } = list.search;
  const finder = list.finders.find(isByDay);
  if (finder)
    return kindsOf(conditions).has('listed')
      ? byWordsInList(connection, list, finder)
      : byWords(connection, list, finder);
  return isNarrowedCategory(conditions) ? byCategory(connection, list) : undefined;
}

/** Each alert that the words find is looked at. */
const byWords = (
  connection: Connection,
  { search: { conditions }, window, span }: ListInDays,
  finder: FinderByDay,
): DayReader => ({
  cost: (days) => finder.rows * (COSTS.entry + shareOf(span, days) * COSTS.recentHit),
  read: async (days) =>
    await gather(
      connection,
      {
        conditions: [...conditions, ...receivedOn(days)],
        leading: { ...finder, ids: finder.onDays(namesOf(days)) },
      },
      window,
    ),
});

/** The index of the list is read, and of its alerts those whose ids are among what the words find. */
const byWordsInList = (
  connection: Connection,
  { search: { conditions }, window, span, inSpan }: ListInDays,
  finder: FinderByDay,
): DayReader => ({
  cost: (days) =>
    finder.rows * COSTS.entry +
    shareOf(span, days) * (finder.rows * COSTS.recentId + inSpan * COSTS.inIndex),
  async read(days) {
    const ids = finder.onDays(namesOf(days));
    const isAmongThem: Condition = {
      kind: 'other',
      // As a truth value it stays what it is: Postgres would make a join of it, without a hash.
      sql: (values) => `(a.id IN (${ids(values)})) IS TRUE`,
    };
    const others = conditions.filter((one) => one !== finder.condition);
    const { found } = await walkList(
      connection,
      [...others, isAmongThem, ...receivedOn(days)],
      window,
    );
    return found;
  },
});

function byCategory(
  connection: Connection,
  { search: { filter, conditions }, window }: ListInDays,
): DayReader {
  const inIndex = conditions.filter(({ kind }) => kind === 'category' || kind === 'received');
  return {
    async cost(days) {
      const alerts = await estimateAlerts(connection, [...inIndex, ...receivedOn(days)]);
      return combinedIn(filter) * COSTS.category + alerts * COSTS.ofCategory;
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
