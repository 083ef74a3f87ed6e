import {
  type AlertIndicatorResource,
  type AlertProvenance,
  NEWS_IN_ALERT_FROM,
  pointerInAnswer,
  type Role,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from '../core/database.js';
import { sightingsShownFrom, toIndicator } from './indicator-resource.js';
import { type Prisma } from '../generated/client.js';
import { type Page, type PageRequest, readKeysetPage } from '../core/page.js';

/** The indicators of one alert in order, with the answers of providers. */
export interface AlertIndicatorStore {
  list(alertUuid: string, page: PageRequest): Promise<Page<AlertIndicatorResource>>;
}

const INCLUDE = { indicator: { include: { results: true } } } as const;
type LinkRow = Prisma.AlertIndicatorGetPayload<{ include: typeof INCLUDE }>;

export const createAlertIndicatorStore = ({ prisma }: Database): AlertIndicatorStore => ({
  async list(alertId, page) {
    const shownFrom = await sightingsShownFrom(prisma, NEWS_IN_ALERT_FROM);
    return await readKeysetPage(page, {
      positionSchema: z.int32().nonnegative(),
      positionOf: ({ position }: LinkRow) => position,
      find: async (after = -1, take) =>
        await prisma.alertIndicator.findMany({
          where: { alertId, position: { gt: after } },
          include: INCLUDE,
          orderBy: { position: 'asc' },
          take,
        }),
      count: async () => await prisma.alertIndicator.count({ where: { alertId } }),
      toResource: (row) => toAlertIndicator(row, shownFrom),
    });
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
