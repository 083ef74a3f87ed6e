import {
  type AlertFilter,
  type AlertListQuery,
  type AlertSummary,
  uuidSchema,
} from '@calseta/common';
import { z } from 'zod';
import { OMITTED_IN_LISTS, toAlertSummary } from '../alert-resource.js';
import { type Database } from '../../core/database.js';
import { type Page, type PageRequest, readKeysetPage } from '../../core/page.js';
import { render } from './conditions.js';
import { type ListDatabase } from './find-few.js';
import { findPage, prepareSearch, type Search } from './find-page.js';
import { type Order, type Position } from './window.js';

/** Filters and order of a list of alerts. */
export type AlertQuery = Omit<AlertListQuery, 'cursor' | 'page_size' | 'include_total'>;

const positionSchema = z.object({ id: uuidSchema, at: z.string().max(40) });

/** Only the ids are searched for; then the rows of one page are read. */
export async function listAlerts(
  database: ListDatabase,
  { sort, ...filter }: AlertQuery,
  page: PageRequest,
): Promise<Page<AlertSummary>> {
  const search = await prepareSearch(database, filter);
  const order = orderOf(sort, filter);
  return await readKeysetPage<Position & { alert: AlertSummary }, Position, AlertSummary>(page, {
    positionSchema,
    positionOf: ({ id, at }) => ({ id, at }),
    find: async (after, take) =>
      await readRows(database, await findPage(database, search, { order, after, take })),
    count: async () => await count(database, search),
    toResource: ({ alert }) => alert,
  });
}

/** A span of time is read in its own order, so that a page begins where the span does. */
function orderOf(sort: AlertQuery['sort'], filter: AlertFilter): Order {
  if (sort !== undefined) return sort === '-occurred_at' ? 'occurred_at' : 'received_at';
  const isOfOccurrence = filter.occurred_from !== undefined || filter.occurred_to !== undefined;
  return isOfOccurrence ? 'occurred_at' : 'received_at';
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

async function count({ query }: ListDatabase, { conditions }: Search): Promise<number> {
  const values: unknown[] = [];
  const { rows } = await query<{ count: string }>(
    `SELECT count(*) FROM alerts a WHERE ${render(conditions, values)}`,
    values,
  );
  return Number(rows[0]?.count ?? 0);
}
