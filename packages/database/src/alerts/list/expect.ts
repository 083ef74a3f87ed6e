import { type Connection } from '../../core/database.js';
import { type Expected } from './choose-way.js';
import { type Condition, kindsOf, withValue } from './conditions.js';
import { COSTS } from './costs.js';
import { estimate, estimateAlerts, type Estimate } from './estimate.js';
import { type Finder, findersOf } from './finders.js';
import { gathered } from './gather.js';
import { type Search } from './search.js';
import { isSpanOf } from './walk-list.js';
import { kindOf, type Order } from './window.js';

/**
 * What Postgres expects of a list and of its finders, and from where all that match are best gathered: from one of these, or
 * from the alerts themselves.
 */
export async function expect(
  connection: Connection,
  search: Search,
  order: Order,
): Promise<{ expected: Expected; leading: Finder | undefined; finders: readonly Finder[] }> {
  const { conditions } = search;
  const { finders, ofAlerts, inSpan, all, barren } = await estimateParts(connection, search, order);
  const [cheapest] = gatheringsOf(finders, ofAlerts).toSorted((a, b) => a.cost - b.cost);
  return {
    leading: cheapest?.leading,
    finders,
    expected: {
      inSpan,
      matching: ofAlerts.rows * shareOfAll(finders, all),
      barren,
      gatherCost: cheapest?.cost ?? Infinity,
      elsewhere: finders.length > 0 ? ofAlerts.rows / Math.max(1, inSpan) : 0,
      isByCategory: isByCategory(conditions, order),
      isByReceipt: order === 'received_at',
    },
  };
}

/**
 * What the finders find, the alerts of all other conditions, and numbers of alerts: in the span of the list, all, and those at
 * its barren beginning.
 */
async function estimateParts(
  connection: Connection,
  { filter, conditions, asked }: Search,
  order: Order,
) {
  const count = async (of: readonly Condition[]): Promise<number> =>
    await estimateAlerts(connection, of);
  const spans = conditions.filter(isSpanOf(order));
  const later = barrenOf(filter, order);
  const [finders, ofAlerts, inSpan, all, barren] = await Promise.all([
    findersOf(connection, asked),
    toGather(
      connection,
      conditions.filter(({ kind }) => kind !== 'found'),
    ),
    count(spans),
    asked.length > 0 && spans.length > 0 ? count([]) : undefined,
    later ? count([...spans, later]) : 0,
  ]);
  return { finders, ofAlerts, inSpan, all: all ?? inSpan, barren };
}

/** The share of all alerts that every finder finds, as if they were independent of each other. */
const shareOfAll = (finders: readonly Finder[], all: number): number =>
  finders.reduce((share, { rows }) => share * Math.min(1, rows / Math.max(1, all)), 1);

/** What it takes to gather the alerts of these conditions. */
async function toGather(
  connection: Connection,
  conditions: readonly Condition[],
): Promise<Estimate> {
  const values: unknown[] = [];
  const select = gathered({ conditions, leading: undefined }, 'a.id', values);
  return await estimate(connection, select, values);
}

/** From where all that match are gathered, and what each takes: from the alerts, or from what a finder finds. */
function gatheringsOf(
  finders: readonly Finder[],
  { rows, cost }: Estimate,
): { leading: Finder | undefined; cost: number }[] {
  return [
    { leading: undefined, cost: cost + finders.length * rows * COSTS.hit },
    ...finders.map((leading) => ({ leading, cost: leading.rows * COSTS.hit })),
  ];
}

/**
 * Alerts are received soon after they occurred: where a list by one time may hold only what was earlier than a moment by the
 * other, it begins with alerts of after that moment.
 */
function barrenOf(filter: Search['filter'], order: Order): Condition | undefined {
  const value = order === 'received_at' ? filter.occurred_to : filter.received_to;
  if (value === undefined) return undefined;
  return withValue(kindOf(order), value, (p) => `a.${order} >= ${p}::timestamptz`);
}

/**
 * The index of categories holds both times, so that it also serves where a list is ordered by one of them and narrowed by the
 * other.
 */
function isByCategory(conditions: readonly Condition[], order: Order): boolean {
  const kinds = kindsOf(conditions);
  if (kinds.has('selective') || kinds.has('listed') || kinds.has('found')) return false;
  return kinds.has('category') || kinds.has(order === 'received_at' ? 'occurred' : 'received');
}
