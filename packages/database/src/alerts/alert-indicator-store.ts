import {
  type AlertIndicatorResource,
  type AlertProvenance,
  NEWS_IN_ALERT_FROM,
  pointerInAnswer,
  type Role,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { answerBytes, sightingsShownFrom, toIndicator } from './indicator-resource.js';
import { type Prisma } from '../generated/client.js';
import { type Page, type PageRequest, readWeighed, weighKeysetPage } from '../core/page.js';

/** The indicators of one alert in order, with the answers of providers. */
export interface AlertIndicatorStore {
  list(alertUuid: string, page: PageRequest): Promise<Page<AlertIndicatorResource>>;
}

const INCLUDE = { indicator: { include: { results: true } } } as const;
type LinkRow = Prisma.AlertIndicatorGetPayload<{ include: typeof INCLUDE }>;

const ROWS = {
  table: 'alert_indicators',
  bytes: `octet_length(r.provenance::text) + ${answerBytes('r.indicator_id')}`,
};

type Place = { indicatorId: string; position: number };

export const createAlertIndicatorStore = (
  database: Pick<Database, 'prisma' | 'query' | 'readLarge'>,
): AlertIndicatorStore => ({
  async list(alertId, page) {
    const { prisma } = database;
    const shownFrom = await sightingsShownFrom(prisma, NEWS_IN_ALERT_FROM);
    const orderBy = { position: 'asc' } as const;
    const weighed = await weighKeysetPage(database, page, {
      positionSchema: z.int32().nonnegative(),
      positionOf: ({ position }: Place) => position,
      find: async (after = -1, take) =>
        await prisma.alertIndicator.findMany({
          where: { alertId, position: { gt: after } },
          select: { indicatorId: true, position: true },
          orderBy,
          take,
        }),
      rows: ROWS,
      keysOf: (places) => ({
        alert_id: places.map(() => alertId),
        indicator_id: places.map(({ indicatorId }) => indicatorId),
      }),
      read: async (places) =>
        await prisma.alertIndicator.findMany({
          where: { alertId, indicatorId: { in: places.map(({ indicatorId }) => indicatorId) } },
          include: INCLUDE,
          orderBy,
        }),
      count: async () => await prisma.alertIndicator.count({ where: { alertId } }),
      toResource: (row: LinkRow) => toAlertIndicator(row, shownFrom),
    });
    return await readWeighed(database, weighed);
  },
});

const toAlertIndicator = (
  { indicator, ...link }: LinkRow,
  shownFrom: number,
): AlertIndicatorResource => ({
  ...toIndicator(indicator, shownFrom),
  ...toPlaces(link),
});

/** Role and places of an indicator in one alert, with pointers into what answers say about the alert. */
export const toPlaces = ({ role, provenance }: Pick<LinkRow, 'role' | 'provenance'>) => ({
  ...(role !== null && { role: role as Role }),
  provenance: (provenance as AlertProvenance[]).map((place) => ({
    ...place,
    pointer: pointerInAnswer(place.pointer),
  })),
});
