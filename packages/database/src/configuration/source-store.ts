import {
  type FieldMapping,
  fieldMappingSchema,
  type OnResolved,
  type OnUpdate,
  toOnResolved,
  toOnUpdate,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { readHmacSecrets } from './hmac-secret.js';
import { defineRows } from '../core/rows.js';

/** What the ingest route has to know of a source. */
export type IngestSource = {
  name: string;
  plugin: string;
  dedupWindowSeconds: number;
  onUpdate: OnUpdate;
  onResolved: OnResolved;
  rateLimitPerMinute: number | null;
  /** How a custom source is read; for a built-in one, what is added to its plugin. */
  fieldMapping: FieldMapping | null;
  /** Encrypted; with any, every request has to be signed by one of them. */
  hmacSecrets: string[];
  /** False: nothing is taken from it, but what came can still be read. */
  isActive: boolean;
};

/** What arrived from a source since the last report. */
export type SourceTraffic = {
  sourceName: string;
  accepted: number;
  rejected: number;
  /** Of those accepted, the ones whose severity nobody could read. */
  unreadSeverity: number;
  lastSeenAt: Date;
  lastRejectedReason?: string;
  /** Of those, what was set aside unread. */
  quarantined: number;
  lastQuarantinedAt?: Date;
  lastQuarantinedReason?: string;
};

export interface SourceStore {
  /** Makes the row of each built-in source that has none; a row that is there belongs to its operator. */
  ensureBuiltIn(plugins: readonly string[]): Promise<void>;
  listForIngest(): Promise<IngestSource[]>;
  /** Adds to the counters of each source. */
  addTraffic(traffic: readonly SourceTraffic[]): Promise<void>;
}

/** More sources than anybody configures; what is beyond is unknown to the ingest route. */
const MAX_SOURCES = 10_000;

const TRAFFIC = defineRows<SourceTraffic>('given', {
  name: ['text', ({ sourceName }) => sourceName],
  accepted: ['int', ({ accepted }) => accepted],
  rejected: ['int', ({ rejected }) => rejected],
  unread_severity: ['int', ({ unreadSeverity }) => unreadSeverity],
  seen_at: ['timestamptz', ({ lastSeenAt }) => lastSeenAt],
  reason: ['text', ({ lastRejectedReason }) => lastRejectedReason ?? null],
  quarantined: ['int', ({ quarantined }) => quarantined],
  quarantined_at: ['timestamptz', ({ lastQuarantinedAt }) => lastQuarantinedAt ?? null],
  quarantined_reason: ['text', ({ lastQuarantinedReason }) => lastQuarantinedReason ?? null],
});

// Locked in the order of names, so that two replicas that report at once do not wait for each other.
const ADD_TRAFFIC = `
  WITH given AS (
    SELECT * FROM ${TRAFFIC.from}
  ), locked AS MATERIALIZED (
    SELECT sources.name FROM sources JOIN given USING (name)
     ORDER BY sources.name FOR NO KEY UPDATE OF sources
  )
  UPDATE sources
     SET accepted_count = accepted_count + given.accepted,
         rejected_count = rejected_count + given.rejected,
         unread_severity_count = unread_severity_count + given.unread_severity,
         last_seen_at = greatest(last_seen_at, given.seen_at),
         last_rejected_at = CASE WHEN given.rejected > 0
                                 THEN greatest(last_rejected_at, given.seen_at)
                                 ELSE last_rejected_at END,
         last_rejected_reason = coalesce(given.reason, last_rejected_reason),
         quarantined_count = quarantined_count + given.quarantined,
         last_quarantined_at = greatest(last_quarantined_at, given.quarantined_at),
         last_quarantined_reason = coalesce(given.quarantined_reason, last_quarantined_reason)
    FROM given JOIN locked USING (name)
   WHERE sources.name = given.name`;

/** The configured sources and what arrives from them. */
export const createSourceStore = ({
  prisma,
  query,
}: Pick<Database, 'prisma' | 'query'>): SourceStore => ({
  async ensureBuiltIn(plugins) {
    const known = await prisma.source.findMany({
      where: { name: { in: [...plugins] } },
      select: { name: true },
    });
    const missing = plugins.filter((plugin) => !known.some(({ name }) => name === plugin));
    // Writing nothing would still tell every process of a new configuration.
    if (missing.length === 0) return;
    await prisma.source.createMany({
      data: missing.map((name) => ({ name, plugin: name })),
      skipDuplicates: true,
    });
  },

  async listForIngest() {
    const rows = await prisma.source.findMany({ orderBy: { name: 'asc' }, take: MAX_SOURCES });
    return rows.map((row) => ({
      name: row.name,
      plugin: row.plugin,
      dedupWindowSeconds: row.dedupWindowSeconds,
      onUpdate: toOnUpdate(row.onUpdate),
      onResolved: toOnResolved(row.onResolved),
      rateLimitPerMinute: row.rateLimitPerMinute,
      fieldMapping: row.fieldMapping === null ? null : fieldMappingSchema.parse(row.fieldMapping),
      hmacSecrets: readHmacSecrets(row.hmacSecrets).map(({ encrypted }) => encrypted),
      isActive: row.isActive,
    }));
  },

  async addTraffic(traffic) {
    if (traffic.length === 0) return;
    await query(ADD_TRAFFIC, TRAFFIC.parameters(traffic));
  },
});
