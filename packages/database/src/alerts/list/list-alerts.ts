import {
  type AlertFilter,
  type AlertListQuery,
  type AlertSummary,
  MAX_ALERT_TOTAL,
  uuidSchema,
} from '@calseta/common';
import { z } from 'zod';
import { summaryBytes } from '../alert-resource.js';
import { type Connection, type Database } from '../../core/database.js';
import { spellings } from '../indicator-store.js';
import {
  type Page,
  type PageRequest,
  readLargeKeysetPage,
  SMALL_PAGE_BYTES,
} from '../../core/page.js';
import { countUpTo } from './count-up-to.js';
import { findPage } from './find-page.js';
import { readSummaries } from './read-summaries.js';
import { prepareSearch } from './search.js';
import { type Order, type Position } from './window.js';

/** Filters and order of a list of alerts. */
export type AlertQuery = Omit<AlertListQuery, 'cursor' | 'page_size' | 'include_total'>;

const ROWS = { table: 'alerts', bytes: summaryBytes('r') };

const positionSchema = z.object({ id: uuidSchema, at: z.string().max(40) });

/** Only the ids are searched for; then the rows of one page are read. */
export async function listAlerts(
  database: Pick<Database, 'prisma' | 'search' | 'query' | 'readLarge'>,
  { sort, ...filter }: AlertQuery,
  page: PageRequest,
): Promise<Page<AlertSummary>> {
  const { prisma, search: inSearch } = database;
  const order = orderOf(sort, filter);
  const indicatorIds = await indicatorIdsOf(prisma, filter.indicator);
  // No alert has an indicator that there is not.
  const isNone = indicatorIds?.length === 0;
  const search = prepareSearch(filter, indicatorIds);
  return await readLargeKeysetPage<Position, Position, AlertSummary, AlertSummary>(database, page, {
    rows: ROWS,
    positionSchema,
    positionOf: ({ id, at }) => ({ id, at }),
    find: async (after, take) =>
      isNone
        ? []
        : await inSearch(
            async (connection) => await findPage(connection, search, { order, after, take }),
          ),
    read: async (places) => await readInOrder(database, places),
    readSmall: async (places) => await readInOrder(database, places, SMALL_PAGE_BYTES),
    count: async () =>
      isNone
        ? 0
        : await inSearch(
            async (connection) => await countUpTo(connection, search, MAX_ALERT_TOTAL + 1),
          ),
    maxTotal: MAX_ALERT_TOTAL,
    toResource: (alert) => alert,
  });
}

/** Indicators with a value, in any of its spellings. */
async function indicatorIdsOf(
  prisma: Database['prisma'],
  value: string | undefined,
): Promise<string[] | undefined> {
  if (value === undefined) return undefined;
  const rows = await prisma.indicator.findMany({
    where: { OR: spellings(value) },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** A span of time is read in its own order, so that a page begins where the span does. */
function orderOf(sort: AlertQuery['sort'], filter: AlertFilter): Order {
  if (sort !== undefined) return sort === '-occurred_at' ? 'occurred_at' : 'received_at';
  const isOfOccurrence = filter.occurred_from !== undefined || filter.occurred_to !== undefined;
  return isOfOccurrence ? 'occurred_at' : 'received_at';
}

/** An alert that was deleted in between is on no page; none is where their texts are more than `maxBytes`. */
async function readInOrder(
  database: Connection,
  positions: readonly Position[],
  maxBytes?: number,
): Promise<AlertSummary[]> {
  const ids = positions.map(({ id }) => id);
  const byId = await readSummaries(database, ids, maxBytes);
  return ids.flatMap((id) => byId.get(id) ?? []);
}
