import { COSTS } from './costs.js';

/** How the rest of a page is found. */
export type Way = 'walk' | 'gather' | 'newest days' | 'categories';

/** What Postgres expects of a list. */
export type Expected = {
  /** Alerts in the span of the list. */
  inSpan: number;
  /** Of these, alerts that match. */
  matching: number;
  /** Alerts at the beginning of the list that can hardly match, because of the other time. */
  barren: number;
  /** What Postgres says it costs to gather all that match, in microseconds. */
  gatherCost: number;
  /** The share of the alerts for which the words or the indicators, in other tables, have to be looked at. */
  elsewhere: number;
  /** Whether all that is wanted is a category or a time. */
  isByCategory: boolean;
  /** Whether the list is in the order of receipt, as each category is. */
  isByReceipt: boolean;
};

/** What was seen at the beginning of the list: of so many alerts, how many match, and how many the page still needs. */
export type Seen = { looked: number; matched: number; missing: number };

/** So many matches that are seen are as certain as what Postgres expects. */
const TRUST = 2;

/** How many alerts are looked at until the page is full. */
export function expectedLooks(expected: Expected, seen: Seen): number {
  const { inSpan, barren } = expected;
  return Math.min(inSpan, barren + seen.missing / Math.max(shareOf(expected, seen), 1e-9));
}

/**
 * The share of the alerts that match. Postgres takes filters as independent of each other: where nothing was seen of what
 * many were expected, they are elsewhere or nowhere. A barren beginning says nothing of the rest.
 */
function shareOf({ inSpan, matching, barren }: Expected, seen: Seen): number {
  const expected = Math.max(matching, 1) / Math.max(1, inSpan);
  if (barren > seen.looked) return expected;
  return (seen.matched + TRUST) / (seen.looked + TRUST / expected);
}

/** The ways that there are, with what each costs, the cheapest first; `newestDaysCost` where the newest days are one. */
export function waysOf(
  expected: Expected,
  seen: Seen,
  newestDaysCost?: number,
): { way: Way; cost: number }[] {
  const { inSpan, barren, gatherCost, elsewhere, isByCategory, isByReceipt } = expected;
  const look = isByReceipt ? COSTS.look : COSTS.lookByOccurrence;
  const seenInAll = barren > seen.looked ? 0 : shareOf(expected, seen) * inSpan;
  const ways: { way: Way; cost: number }[] = [
    { way: 'walk', cost: expectedLooks(expected, seen) * (look + elsewhere * COSTS.elsewhere) },
    // Where more were seen than expected, more are read.
    { way: 'gather', cost: Math.max(gatherCost, seenInAll * COSTS.gathered) },
  ];
  if (newestDaysCost !== undefined) ways.push({ way: 'newest days', cost: newestDaysCost });
  if (isByCategory) {
    const read = isByReceipt ? barren : inSpan;
    ways.push({ way: 'categories', cost: COSTS.categories + read * COSTS.inIndex });
  }
  return ways.toSorted((a, b) => a.cost - b.cost);
}
