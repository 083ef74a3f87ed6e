import { type AlertFilter } from '@calseta/common';
import {
  alertConditions,
  type Condition,
  render,
  renderChecks,
  STAGE_PARTS,
} from './conditions.js';
import { areFewSelected, foundConditions, type ListDatabase } from './find-few.js';
import { findByCategory } from './find-by-category.js';
import { afterPosition, inOrder, type Order, type Position, type Window } from './window.js';

/** The newest alerts that are looked at one by one, before the rarer ways to a page are tried. */
const LOOKED_AT = 2_000;

/** What a filter asks for, with what its text and its indicator find. */
export type Search = { filter: AlertFilter; conditions: readonly Condition[]; isFew: boolean };

export async function prepareSearch(database: ListDatabase, filter: AlertFilter): Promise<Search> {
  const found = await foundConditions(database, filter);
  return {
    filter,
    conditions: [...found, ...alertConditions(filter)],
    isFew: found.some(({ isFew }) => isFew),
  };
}

/**
 * The alerts of one page. No index serves every filter, so the ways that are fast for some are tried one after the other:
 * among those that a text or an indicator finds, among the newest, among those of a selective condition, by category; at last
 * along the whole list.
 */
export async function findPage(
  database: ListDatabase,
  { filter, conditions: given, isFew }: Search,
  window: Window,
): Promise<Position[]> {
  const conditions = [...given, ...afterPosition(window)];
  if (isFew) return await findAmong(database, conditions, window);
  const newest = await findAlong(database, conditions, window, LOOKED_AT);
  if (newest.length === window.take) return newest;
  if (await areFewSelected(database, given)) return await findAmong(database, conditions, window);
  if (isByCategory(conditions, window))
    return await findByCategory(database, filter, { ...window, conditions });
  return await findAlong(database, conditions, window);
}

/**
 * Its index holds both times, so that it also serves where a list is ordered by one of them and narrowed by the other. What
 * else narrows a list has many alerts here, and is met sooner along the list.
 */
function isByCategory(conditions: readonly Condition[], { order }: Window): boolean {
  const has = (kind: Condition['kind']) => conditions.some((one) => one.kind === kind);
  if (has('selective') || has('found')) return false;
  return has('category') || (order === 'received_at' ? has('occurred') : has('received'));
}

/** All that match are read and then sorted: OFFSET keeps Postgres from walking along the list instead. */
async function findAmong(
  { query }: ListDatabase,
  conditions: readonly Condition[],
  { order, take }: Window,
): Promise<Position[]> {
  const values: unknown[] = [];
  const where = render(conditions, values);
  const { rows } = await query<Position>(
    `SELECT a.id, a.${order}::text AS at
       FROM (SELECT a.id, a.${order} FROM alerts a WHERE ${where} OFFSET 0) AS a
      ${inOrder(order, 'a.')} LIMIT $${values.push(take)}`,
    values,
  );
  return rows;
}

/** In the order of the list until the page is full, or until so many alerts were looked at. */
async function findAlong(
  { query }: ListDatabase,
  conditions: readonly Condition[],
  { order, take }: Window,
  lookedAt?: number,
): Promise<Position[]> {
  const values: unknown[] = [];
  const limit = `LIMIT $${values.push(take)}`;
  const span = order === 'received_at' ? 'received' : 'occurred';
  const within = render(
    conditions.filter(({ kind }) => kind === span),
    values,
  );
  const wanted = renderChecks(
    conditions.filter(({ kind }) => kind !== span),
    values,
  );
  const alerts =
    lookedAt === undefined
      ? inParts(order, `SELECT a.id, a.${order} FROM alerts a WHERE ${within} AND ${wanted}`, limit)
      : inParts(order, `SELECT a.* FROM alerts a WHERE ${within}`, `LIMIT ${lookedAt}`);
  const { rows } = await query<Position>(
    `SELECT a.id, a.${order}::text AS at FROM (${alerts}) AS a
      ${lookedAt === undefined ? '' : `WHERE ${wanted}`} ${inOrder(order, 'a.')} ${limit}`,
    values,
  );
  return rows;
}

/** By time of occurrence alerts are read part by part, because no index has them all. */
function inParts(order: Order, select: string, limit: string): string {
  const ending = `${inOrder(order, 'a.')} ${limit}`;
  if (order === 'received_at') return `${select} ${ending}`;
  const parts = STAGE_PARTS.map((part) => `(${select} AND ${part} ${ending})`);
  return `SELECT * FROM (${parts.join(' UNION ALL ')}) AS a ${ending}`;
}
