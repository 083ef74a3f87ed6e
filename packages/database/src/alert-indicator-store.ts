import {
  decodeCursor,
  encodeCursor,
  formatTimestamp,
  type AlertIndicatorResource,
  type Classification,
  type Role,
} from '@calseta/common';
import { z } from 'zod';
import { type Database } from './database.js';
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
    const after = cursor === undefined ? -1 : decodeCursor(z.int().nonnegative(), cursor);
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
  uuid: indicator.id,
  type: indicator.type,
  value: indicator.value,
  ...(indicator.displayValue !== null && { display_value: indicator.displayValue }),
  classification: indicator.classification as Classification,
  is_malformed: indicator.isMalformed,
  ...(link.role !== null && { role: link.role as Role }),
  malice: indicator.maliceOverride ?? indicator.malice,
  malice_reasons: indicator.maliceReasons,
  first_seen_at: formatTimestamp(indicator.firstSeenAt),
  last_seen_at: formatTimestamp(indicator.lastSeenAt),
  enrichment_results: Object.fromEntries(
    indicator.results.map((result) => [
      result.providerName,
      {
        status: result.status,
        extracted: result.extracted as Record<string, unknown>,
        malice: result.malice,
        fetched_at: formatTimestamp(result.fetchedAt),
      },
    ]),
  ),
  provenance: link.provenance as AlertIndicatorResource['provenance'],
});
