import {
  INDICATOR_TYPES,
  type IndicatorFilter,
  type IndicatorResource,
  type IndicatorWithAlerts,
  NEWS_FROM,
  type UpdateIndicator,
} from '@calseta/common';
import { canonicalize } from '@calseta/indicators';
import { toPlaces } from './alert-indicator-store.js';
import { OMITTED_IN_LISTS, toAlertSummary } from './alert-resource.js';
import { containsText } from '../core/contains-text.js';
import { type Database } from '../core/database.js';
import { type Prisma } from '../generated/client.js';
import { answerBytes, sightingsShownFrom, toIndicator } from './indicator-resource.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { overrideIndicator } from './override-indicator.js';

/** Indicators across all alerts. */
export interface IndicatorStore {
  list(filter: IndicatorFilter, page: PageRequest): Promise<Page<IndicatorResource>>;
  get(uuid: string): Promise<IndicatorWithAlerts | undefined>;
  /**
   * Sets or clears a person's verdict; undefined for an unknown indicator. Its newest open alerts are judged again, and
   * say in their activity who decided.
   */
  override(
    uuid: string,
    changes: UpdateIndicator,
    actor: string,
  ): Promise<IndicatorWithAlerts | undefined>;
}

/** Newest alerts returned with an indicator. */
const MAX_ALERTS_SHOWN = 50;
const WITH_RESULTS = { results: true } as const;
const ROWS = { table: 'indicators', bytes: answerBytes('r.id') };

export const createIndicatorStore = (database: Database): IndicatorStore => {
  const { prisma } = database;
  const shownFrom = async () => await sightingsShownFrom(prisma, NEWS_FROM);

  async function get(id: string): Promise<IndicatorWithAlerts | undefined> {
    const row = await prisma.indicator.findUnique({
      where: { id },
      include: {
        ...WITH_RESULTS,
        alerts: {
          include: { alert: { omit: OMITTED_IN_LISTS } },
          orderBy: { alertId: 'desc' },
          take: MAX_ALERTS_SHOWN,
        },
      },
    });
    if (!row) return undefined;
    return {
      ...toIndicator(row, await shownFrom()),
      alert_count: row.alertCount,
      alerts: row.alerts.map(({ alert, ...link }) => ({
        ...toAlertSummary(alert),
        ...toPlaces(link),
      })),
    };
  }

  return {
    list: async (filter, page) => {
      const wanted = toWhere(filter);
      const sightingsFrom = await shownFrom();
      return await readLargePage(database, page, {
        order: 'newest_first',
        rows: ROWS,
        find: ({ where, ...window }) =>
          prisma.indicator.findMany({ where: { AND: [wanted, where] }, ...window }),
        read: (where) => prisma.indicator.findMany({ where, include: WITH_RESULTS }),
        count: () => prisma.indicator.count({ where: wanted }),
        toResource: (row) => toIndicator(row, sightingsFrom),
      });
    },

    get,

    async override(uuid, { malice_override: to }, actor) {
      const isKnown = await overrideIndicator(database, { uuid, to, actor });
      return isKnown ? await get(uuid) : undefined;
    },
  };
};

function toWhere({ type, value, q, malice }: IndicatorFilter): Prisma.IndicatorWhereInput {
  const conditions: Prisma.IndicatorWhereInput[] = [];
  if (type) conditions.push({ type });
  if (value !== undefined) conditions.push({ OR: spellings(value, type) });
  if (q !== undefined) conditions.push({ value: containsText(q) });
  if (malice) {
    conditions.push({ OR: [{ maliceOverride: malice }, { maliceOverride: null, malice }] });
  }
  return { AND: conditions };
}

/** Forms under which a value may be stored: canonical for each type, or as stated. */
export const spellings = (value: string, type?: (typeof INDICATOR_TYPES)[number]) => [
  { value: value.trim() },
  ...(type ? [type] : INDICATOR_TYPES).flatMap((candidate) => {
    const canonical = canonicalize(candidate, value);
    return canonical.ok ? [{ type: candidate, value: canonical.value }] : [];
  }),
];
