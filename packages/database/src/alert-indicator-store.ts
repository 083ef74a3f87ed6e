import {
  decodeCursor,
  encodeCursor,
  type AlertIndicatorResource,
  type Role,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from './database.js';
import { toIndicator } from './indicator-resource.js';
import { type Prisma } from './generated/client.js';
import { type Page, type PageRequest } from './page.js';

/** The indicators of one alert, in its order, with what providers said of each. */
export interface AlertIndicatorStore {
  list(alertUuid: string, page: PageRequest): Promise<Page<AlertIndicatorResource>>;
}

const INCLUDE = { indicator: { include: { results: true } } } as const;
type LinkRow = Prisma.AlertIndicatorGetPayload<{ include: typeof INCLUDE }>;

export const createAlertIndicatorStore = ({ prisma }: Database): AlertIndicatorStore => ({
  async list(alertId, { cursor, pageSize, includeTotal }) {
    const after = cursor === undefined ? -1 : decodeCursor(z.int32().nonnegative(), cursor);
    const [rows, total] = await Promise.all([
      prisma.alertIndicator.findMany({
        where: { alertId, position: { gt: after } },
        include: INCLUDE,
        orderBy: { position: 'asc' },
        take: pageSize + 1,
      }),
      includeTotal ? prisma.alertIndicator.count({ where: { alertId } }) : undefined,
    ]);
    const shown = rows.slice(0, pageSize);
    const last = shown.at(-1);
    return {
      items: shown.map(toAlertIndicator),
      nextCursor: rows.length > pageSize && last ? encodeCursor(last.position) : null,
      ...(total !== undefined && { total }),
    };
  },
});

const toAlertIndicator = ({ indicator, ...link }: LinkRow): AlertIndicatorResource => ({
  ...toIndicator(indicator),
  ...(link.role !== null && { role: link.role as Role }),
  provenance: link.provenance as AlertIndicatorResource['provenance'],
});
