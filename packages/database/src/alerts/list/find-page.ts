import { type Connection } from '../../core/database.js';
import { expectedLooks, waysOf } from './choose-way.js';
import { type Condition, withValue } from './conditions.js';
import { expect } from './expect.js';
import { findByCategory } from './find-by-category.js';
import { gather } from './gather.js';
import { newestDays, spanInDays } from './newest-days.js';
import { type Search } from './search.js';
import { walkList } from './walk-list.js';
import { afterPosition, kindOf, type Order, type Position, type Window } from './window.js';

/** Alerts at the beginning of a list that are looked at before a way is chosen; fewer where each costs a look elsewhere. */
const FIRST_LOOKS = { here: 2_000, elsewhere: 500 };

/** What little was seen says less of where a page ends than what Postgres expects. */
const NOTHING_SEEN = { looked: 0, matched: 0 };

/** A walk that is so many times as long as expected is given up for another way. */
const PATIENCE = 4;

/**
 * The alerts of one page. No index serves every filter, so its beginning is looked at first: many pages are full by then. For
 * the rest of it there are four ways, of which the one that seems cheapest is taken: further along the list, where many
 * match; gathering all that match from the indexes, where few do, or those of the newest days alone, where words find more;
 * and from category to category.
 */
export async function findPage(
  connection: Connection,
  search: Search,
  window: Window,
): Promise<Position[]> {
  const { order, take } = window;
  const conditions = [...search.conditions, ...afterPosition(window)];
  const looked = FIRST_LOOKS[search.asked.length > 0 ? 'elsewhere' : 'here'];
  const first = await walkList(connection, conditions, window, looked);
  const missing = take - first.found.length;
  if (missing <= 0 || first.edge === undefined) return first.found;

  const list = { ...search, conditions };
  const [{ expected, leading, finders }, span] = await Promise.all([
    expect(connection, list, order),
    spanInDays(connection, list, order),
  ]);
  const seen = { looked, matched: first.found.length, missing };
  const newest = await newestDays(connection, {
    search: list,
    finders,
    window,
    span,
    inSpan: expected.inSpan,
    share:
      expectedLooks(expected, { ...NOTHING_SEEN, missing: take }) / Math.max(1, expected.inSpan),
  });
  const [way, next] = waysOf(expected, seen, newest?.cost);
  const gatherAll = async (): Promise<Position[]> =>
    await gather(connection, { conditions, leading }, window);
  const others = {
    gather: gatherAll,
    'newest days': async () => {
      const found = (await newest?.read()) ?? [];
      return found.length === take ? found : await gatherAll();
    },
    categories: async () =>
      await findByCategory(connection, search.filter, { order, take, conditions }),
  };
  if (way && way.way !== 'walk') return await others[way.way]();

  const looks = Math.ceil(PATIENCE * expectedLooks(expected, seen));
  const rest = { order, take: missing };
  const isBelow = below(order, first.edge);
  const second = await walkList(connection, [...conditions, isBelow], rest, looks);
  if (second.found.length === missing || second.edge === undefined)
    return [...first.found, ...second.found];
  if (next && next.way !== 'walk' && next.cost < expected.inSpan) return await others[next.way]();
  const all = await walkList(connection, [...conditions, isBelow], rest);
  return [...first.found, ...all.found];
}

/** The part of the list after what was looked at. */
const below = (order: Order, edge: string): Condition =>
  withValue(kindOf(order), edge, (p) => `a.${order} < ${p}::timestamptz`);
