import {
  type AlertFilter,
  type AlertListQuery,
  type AlertSummary,
  uuidSchema,
} from '@calseta/common';
import { z } from 'zod';
import { OMITTED_IN_LISTS, toAlertSummary } from './alert-resource.js';
import { findFew } from './find-few.js';
import { alertConditions, type Conditions } from './alert-conditions.js';
import { type Database } from '../core/database.js';
import { type Page, type PageRequest, readKeysetPage } from '../core/page.js';

/** Filters and order of a list of alerts. */
export type AlertQuery = Omit<AlertListQuery, 'cursor' | 'page_size' | 'include_total'>;

type ListDatabase = Pick<Database, 'prisma' | 'query' | 'transaction'>;
/** Postgres' text, because JavaScript's dates may be less exact. */
type Position = { id: string; at: string };

const positionSchema = z.object({ id: uuidSchema, at: z.string().max(40) });

/** By what a list is ordered, newest first; the id follows the receipt, and breaks ties. */
type Order = 'id' | 'received_at' | 'occurred_at';

/** Only the ids are searched for; then the rows of one page are read. */
export async function listAlerts(
  database: ListDatabase,
  { sort, ...filter }: AlertQuery,
  page: PageRequest,
): Promise<Page<AlertSummary>> {
  const conditions = alertConditions(filter, await findFew(database, filter));
  const order = orderOf(sort, filter);
  return await readKeysetPage<Position & { alert: AlertSummary }, string | Position, AlertSummary>(
    page,
    {
      positionSchema: order === 'id' ? uuidSchema : positionSchema,
      positionOf: ({ id, at }) => (order === 'id' ? id : { id, at }),
      find: async (after, take) =>
        await readRows(database, await findIds(database, conditions, { order, after, take })),
      count: async () => await count(database, conditions),
      toResource: ({ alert }) => alert,
    },
  );
}

/** A span of time is read in its own order, so that a page begins where the span does. */
function orderOf(sort: AlertQuery['sort'], filter: AlertFilter): Order {
  const has = (...values: unknown[]) => values.some((value) => value !== undefined);
  if (sort === '-occurred_at') return 'occurred_at';
  if (sort === undefined && has(filter.occurred_from, filter.occurred_to)) return 'occurred_at';
  return has(filter.received_from, filter.received_to) ? 'received_at' : 'id';
}

/**
 * Every alert is in one of these, and each has an index of its own: by time of occurrence where all stages have passed, by
 * stage where there are few.
 */
const PARTS = [
  "a.stage = 'dispatched'",
  "a.stage IN ('ingested', 'extracted', 'enriched')",
  "a.stage IN ('failed', 'quarantined')",
];

type Window = { order: Order; after: string | Position | undefined; take: number };

async function findIds(
  { query }: ListDatabase,
  { where, parameters }: Conditions,
  { order, after, take }: Window,
): Promise<Position[]> {
  const values = [...parameters];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const at = order === 'id' ? 'received_at' : order;
  const wanted = [...where];
  if (typeof after === 'string') wanted.push(`a.id < ${parameter(after)}::uuid`);
  else if (after)
    wanted.push(
      `(a.${at}, a.id) < (${parameter(after.at)}::timestamptz, ${parameter(after.id)}::uuid)`,
    );
  const ending = `ORDER BY ${order === 'id' ? 'id' : `${at} DESC, id`} DESC LIMIT ${parameter(take)}`;
  const select = (...more: string[]): string =>
    `SELECT a.id, a.${at} FROM alerts a WHERE ${[...wanted, ...more].join(' AND ') || 'true'} ${ending}`;
  const found =
    order === 'occurred_at'
      ? PARTS.map((part) => `(${select(part)})`).join(' UNION ALL ')
      : select();
  const { rows } = await query<Position>(
    `SELECT id, ${at}::text AS at FROM (${found}) AS found ${ending}`,
    values,
  );
  return rows;
}

/** The alerts with these ids that are there, by id. */
export async function readSummaries(
  { prisma }: Pick<Database, 'prisma'>,
  ids: readonly string[],
): Promise<Map<string, AlertSummary>> {
  const rows = await prisma.alert.findMany({
    where: { id: { in: [...ids] } },
    omit: OMITTED_IN_LISTS,
  });
  return new Map(rows.map((row) => [row.id, toAlertSummary(row)]));
}

async function readRows(database: ListDatabase, positions: readonly Position[]) {
  const byId = await readSummaries(
    database,
    positions.map(({ id }) => id),
  );
  // An alert that was deleted in between is on no page.
  return positions.flatMap((position) => {
    const alert = byId.get(position.id);
    return alert ? [{ ...position, alert }] : [];
  });
}

async function count({ query }: ListDatabase, { where, parameters }: Conditions): Promise<number> {
  const { rows } = await query<{ count: string }>(
    `SELECT count(*) FROM alerts a WHERE ${where.join(' AND ') || 'true'}`,
    [...parameters],
  );
  return Number(rows[0]?.count ?? 0);
}
