import {
  formatTimestamp,
  type ActivityResource,
  type AlertResource,
  type AlertSummary,
} from '@calseta/common';
import { toAlert } from './alert-resource.js';
import { listAlerts, type AlertQuery } from './list/list-alerts.js';
import { type Database } from '../core/database.js';
import { deleteAlert } from './delete-alert.js';
import { type Activity, type Alert } from '../generated/client.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';

/** The exact bytes received, and their declared type. */
export type OriginalAlert = { bytes: Buffer; contentType: string | null };

export interface AlertStore {
  list(query: AlertQuery, page: PageRequest): Promise<Page<AlertSummary>>;
  get(uuid: string): Promise<AlertResource | undefined>;
  exists(uuid: string): Promise<boolean>;
  getOriginal(uuid: string): Promise<OriginalAlert | undefined>;
  /** Deletes an alert with what hangs on it; false for an unknown one. */
  remove(uuid: string): Promise<boolean>;
  /** Oldest first. */
  listActivity(alertUuid: string, page: PageRequest): Promise<Page<ActivityResource>>;
}

const ACTIVITY = { table: 'activity', bytes: 'octet_length(r.detail::text)' };

const RAW_PAYLOAD = 'SELECT raw_payload::text AS json FROM alerts WHERE id = $1';

export const createAlertStore = (database: Database): AlertStore => ({
  list: async (query, page) => await listAlerts(database, query, page),

  async get(uuid) {
    const row = await database.prisma.alert.findUnique({
      where: { id: uuid },
      omit: { originalBody: true, rawPayload: true },
    });
    const { rows } = await database.query<{ json: string }>(RAW_PAYLOAD, [uuid]);
    const json = rows[0]?.json;
    return row && json !== undefined ? toAlert(row, json) : undefined;
  },

  exists: async (uuid) =>
    (await database.prisma.alert.findUnique({ where: { id: uuid }, select: { id: true } })) !==
    null,

  async getOriginal(uuid) {
    const { rows } = await database.query<OriginalAlert>(
      `SELECT coalesce(original_body, convert_to(raw_payload::text, 'UTF8')) AS bytes,
              original_content_type AS "contentType"
         FROM alerts WHERE id = $1`,
      [uuid],
    );
    return rows[0];
  },

  remove: async (uuid) => await deleteAlert(database, uuid),

  async listActivity(alertId, page) {
    const { prisma } = database;
    const repeats = await prisma.alert.findUnique({
      where: { id: alertId },
      select: { unchangedCount: true, lastSeenAt: true },
    });
    return await readLargePage(database, page, {
      order: 'oldest_first',
      rows: ACTIVITY,
      within: { alert_id: alertId },
      find: ({ where, ...query }) =>
        prisma.activity.findMany({ where: { alertId, ...where }, ...query }),
      read: (where) => prisma.activity.findMany({ where: { alertId, ...where } }),
      count: () => prisma.activity.count({ where: { alertId } }),
      toResource: (row) => toActivity(row, repeats),
    });
  },
});

/** One entry represents all repeats without changes; the alert counts them. */
const toActivity = (
  row: Activity,
  repeats: Pick<Alert, 'unchangedCount' | 'lastSeenAt'> | null,
): ActivityResource => ({
  uuid: row.id,
  at: formatTimestamp(row.at),
  kind: row.kind,
  actor: row.actor,
  detail: {
    ...renamed(row.detail as Record<string, unknown>),
    ...(row.kind === 'repeated' &&
      repeats && {
        count: repeats.unchangedCount,
        last_seen_at: formatTimestamp(repeats.lastSeenAt),
      }),
  },
});

/** Field names in rows of earlier versions. */
const EARLIER_NAMES: Readonly<Record<string, string>> = {
  closeClassification: 'close_classification',
  maliceOverride: 'malice_override',
};

const renamed = (detail: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [EARLIER_NAMES[name] ?? name, value]),
  );
