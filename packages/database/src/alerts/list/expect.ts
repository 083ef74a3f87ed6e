import { type Connection } from '../../core/database.js';
import { type Expected } from './choose-way.js';
import { type Condition, kindsOf } from './conditions.js';
import { estimate, estimateAlerts, type Estimate } from './estimate.js';
import { type Finder } from './finders.js';
import { gathered } from './gather.js';
import { type Search } from './search.js';
import { isSpanOf } from './walk-list.js';
import { type Order } from './window.js';

/** What Postgres expects of a list, and from where all that match are best gathered: a finder, or the alerts themselves. */
export async function expect(
  connection: Connection,
  search: Search,
  order: Order,
): Promise<{ expected: Expected; leading: Finder | undefined }> {
  const { conditions, finders } = search;
  const { gatherings, inSpan, all, ofAlerts, barren } = await estimateParts(
    connection,
    search,
    order,
  );
  const [cheapest] = gatherings.toSorted((a, b) => a.cost - b.cost);
  return {
    leading: cheapest?.leading,
    expected: {
      inSpan,
      matching: ofAlerts * shareOfAll(finders, all),
      barren,
      gatherCost: cheapest?.cost ?? Infinity,
      elsewhere: finders.length > 0 ? ofAlerts / Math.max(1, inSpan) : 0,
      isByCategory: isByCategory(conditions, order),
      isByReceipt: order === 'received_at',
    },
  };
}

/** Numbers of alerts: in the span of the list, all, those of all conditions on alerts, and those at its barren beginning. */
async function estimateParts(
  connection: Connection,
  { filter, conditions, finders }: Search,
  order: Order,
) {
  const count = async (of: readonly Condition[]): Promise<number> =>
    await estimateAlerts(connection, of);
  const spans = conditions.filter(isSpanOf(order));
  const later = barrenOf(filter, order);
  const [gatherings, inSpan, all, ofAlerts, barren] = await Promise.all([
    Promise.all(
      [undefined, ...finders].map((leading) => toGather(connection, conditions, leading)),
    ),
    count(spans),
    finders.length > 0 && spans.length > 0 ? count([]) : undefined,
    finders.length > 0 ? count(conditions.filter(({ kind }) => kind !== 'found')) : undefined,
    later ? count([...spans, later]) : 0,
  ]);
  return {
    gatherings,
    inSpan,
    all: all ?? inSpan,
    // Without a finder, gathering reads just these.
    ofAlerts: ofAlerts ?? gatherings[0]?.rows ?? 0,
    barren,
  };
}

/** The share of all alerts that every finder finds, as if they were independent of each other. */
const shareOfAll = (finders: readonly Finder[], all: number): number =>
  finders.reduce((share, { rows }) => share * Math.min(1, rows / Math.max(1, all)), 1);

/** What an alert takes of which the words or an indicator were found: its row there, and the alert. */
const HIT_MICROS = 8;

/** What it takes to gather all that match, from the alerts or from what a finder finds. */
async function toGather(
  connection: Connection,
  conditions: readonly Condition[],
  leading: Finder | undefined,
): Promise<Estimate & { leading: Finder | undefined }> {
  const values: unknown[] = [];
  const select = gathered({ conditions, leading }, 'a.id', values);
  const { rows, cost } = await estimate(connection, select, values);
  return { leading, rows, cost: leading ? Math.max(cost, leading.rows * HIT_MICROS) : cost };
}

/**
 * Alerts are received soon after they occurred: where a list by one time may hold only what was earlier than a moment by the
 * other, it begins with alerts of after that moment.
 */
function barrenOf(filter: Search['filter'], order: Order): Condition | undefined {
  const value = order === 'received_at' ? filter.occurred_to : filter.received_to;
  if (value === undefined) return undefined;
  const kind = order === 'received_at' ? 'received' : 'occurred';
  return { kind, value, sql: (p) => `a.${order} >= ${p}::timestamptz` };
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
