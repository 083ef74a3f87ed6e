import {
  formatTimestamp,
  SEVERITIES,
  TEST_SOURCE,
  type ActivityResource,
  type AlertFilter,
  type AlertResource,
  type AlertSummary,
} from '@calseta/common';
import { OMITTED_IN_LISTS, toAlert, toAlertSummary } from './alert-resource.js';
import { type Database } from '../core/database.js';
import { deleteAlert } from './delete-alert.js';
import { defined } from '../core/defined.js';
import { type Activity, type Alert, type Prisma } from '../generated/client.js';
import { readPage, type Page, type PageRequest } from '../core/page.js';

/** The exact bytes received, and their declared type. */
export type OriginalAlert = { bytes: Buffer; contentType: string | null };

export interface AlertStore {
  list(filter: AlertFilter, page: PageRequest): Promise<Page<AlertSummary>>;
  get(uuid: string): Promise<AlertResource | undefined>;
  exists(uuid: string): Promise<boolean>;
  getOriginal(uuid: string): Promise<OriginalAlert | undefined>;
  /** Deletes an alert with what hangs on it; false for an unknown one. */
  remove(uuid: string): Promise<boolean>;
  /** Oldest first. */
  listActivity(alertUuid: string, page: PageRequest): Promise<Page<ActivityResource>>;
}

const RAW_PAYLOAD = 'SELECT raw_payload::text AS json FROM alerts WHERE id = $1';

export const createAlertStore = ({ prisma, query, transaction }: Database): AlertStore => ({
  async list(filter, page) {
    const wanted = toWhere(filter);
    return await readPage(page, {
      order: 'newest_first',
      find: ({ where, ...query }) =>
        prisma.alert.findMany({
          where: { AND: [wanted, where] },
          omit: OMITTED_IN_LISTS,
          ...query,
        }),
      count: () => prisma.alert.count({ where: wanted }),
      toResource: toAlertSummary,
    });
  },

  async get(uuid) {
    const row = await prisma.alert.findUnique({
      where: { id: uuid },
      omit: { originalBody: true, rawPayload: true },
    });
    const { rows } = await query<{ json: string }>(RAW_PAYLOAD, [uuid]);
    const json = rows[0]?.json;
    return row && json !== undefined ? toAlert(row, json) : undefined;
  },

  exists: async (uuid) =>
    (await prisma.alert.findUnique({ where: { id: uuid }, select: { id: true } })) !== null,

  async getOriginal(uuid) {
    const { rows } = await query<OriginalAlert>(
      `SELECT coalesce(original_body, convert_to(raw_payload::text, 'UTF8')) AS bytes,
              original_content_type AS "contentType"
         FROM alerts WHERE id = $1`,
      [uuid],
    );
    return rows[0];
  },

  remove: async (uuid) => await deleteAlert({ transaction }, uuid),

  async listActivity(alertId, page) {
    const repeats = await prisma.alert.findUnique({
      where: { id: alertId },
      select: { unchangedCount: true, lastSeenAt: true },
    });
    return await readPage(page, {
      order: 'oldest_first',
      find: ({ where, ...query }) =>
        prisma.activity.findMany({ where: { alertId, ...where }, ...query }),
      count: () => prisma.activity.count({ where: { alertId } }),
      toResource: (row) => toActivity(row, repeats),
    });
  },
});

function toWhere(filter: AlertFilter): Prisma.AlertWhereInput {
  const { malice, host, user } = filter;
  const wanted: Prisma.AlertWhereInput = defined({
    status: oneOf(filter.status),
    severity: oneOf(wantedSeverities(filter)),
    sourceName: oneOf(filter.source_name) ?? { not: TEST_SOURCE },
    tags: filter.tags && { hasSome: filter.tags },
    enrichmentStatus: filter.enrichment_status,
    stage: filter.pipeline_stage,
    detectionRuleId: filter.detection_rule_uuid,
    muteId: filter.is_muted === undefined ? undefined : filter.is_muted ? { not: null } : null,
    receivedAt: defined({ gte: filter.received_from, lt: filter.received_to }),
  });
  const subjects = [keysOf('host', host), keysOf('user', user)].filter(
    (keys) => keys !== undefined,
  );
  if (subjects.length > 0)
    wanted.AND = subjects.map((keys) => ({ subjectKeys: { hasSome: keys } }));
  if (!malice) return wanted;
  const ofMalice = { in: malice };
  return {
    ...wanted,
    OR: [{ maliceOverride: ofMalice }, { maliceOverride: null, malice: ofMalice }],
  };
}

/** Same form as `calseta_subject_keys` in Postgres. */
const keysOf = (kind: 'host' | 'user', names: string[] | undefined): string[] | undefined =>
  names?.map((name) => `${kind}:${name.toLowerCase()}`);

const oneOf = <T>(values: T[] | undefined) => values && { in: values };

function wantedSeverities({ severity, min_severity: minimum }: AlertFilter) {
  if (minimum === undefined) return severity;
  return SEVERITIES.slice(SEVERITIES.indexOf(minimum)).filter(
    (step) => severity?.includes(step) ?? true,
  );
}

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
