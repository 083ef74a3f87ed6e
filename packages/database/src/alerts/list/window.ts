import { type Condition, withValue } from './conditions.js';

/** Place of an alert in a list. `at` is Postgres' text, because JavaScript's dates may be less exact. */
export type Position = { id: string; at: string };

/** By what a list is ordered, newest first; the id breaks ties. */
export type Order = 'received_at' | 'occurred_at';

/** A page: at most `take` alerts after a position. */
export type Window = { order: Order; after: Position | undefined; take: number };

/** Newest first. */
export const inOrder = (order: string, alias = ''): string =>
  `ORDER BY ${alias}${order} DESC, ${alias}id DESC`;

/** The kind of a condition on the time of a list. */
export const kindOf = (order: Order): Condition['kind'] =>
  order === 'received_at' ? 'received' : 'occurred';

/** The alerts after the position. */
export function afterPosition({ order, after }: Window): Condition[] {
  if (!after) return [];
  const { at, id } = after;
  return [
    withValue(
      kindOf(order),
      [at, id],
      (p) => `(a.${order}, a.id) < ((${p}::text[])[1]::timestamptz, (${p}::text[])[2]::uuid)`,
    ),
  ];
}
