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

/** The settings of a source that ingest needs. */
export type IngestSource = {
  name: string;
  plugin: string;
  dedupWindowSeconds: number;
  onUpdate: OnUpdate;
  onResolved: OnResolved;
  rateLimitPerMinute: number | null;
  /** How a custom source is read; for a built-in source, additions to its plugin. */
  fieldMapping: FieldMapping | null;
  /** Encrypted; if there are any, every request must be signed with one of them. */
  hmacSecrets: string[];
  /** An inactive source accepts nothing, but its stored alerts can still be parsed. */
  isActive: boolean;
};

/** What a source sent since the last report. */
export type SourceTraffic = {
  sourceName: string;
  accepted: number;
  rejected: number;
  /** Accepted alerts with an unreadable severity. */
  unreadSeverity: number;
  lastSeenAt: Date;
  lastRejectedReason?: string;
  /** Accepted alerts that were quarantined. */
  quarantined: number;
  lastQuarantinedAt?: Date;
  lastQuarantinedReason?: string;
};

export interface SourceStore {
  /** Creates missing rows of built-in sources; existing rows belong to operators. */
  ensureBuiltIn(plugins: readonly string[]): Promise<void>;
  listForIngest(): Promise<IngestSource[]>;
  /** Adds to the counters of each source. */
  addTraffic(traffic: readonly SourceTraffic[]): Promise<void>;
}

/** Maximum number of sources that are loaded; ingest does not know further ones. */
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

// Locked in name order, so that two replicas that report at once do not deadlock.
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
    // Even an empty write would make every process reload its configuration.
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
