import { newUuid, type PipelineStage, type Severity } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { Prisma } from '../../generated/client.js';
import { type IngestItem } from './ingest-item.js';
import { TAKE_OVER_SLOT } from './take-over-slot.js';

/** A quarantined alert whose payload may be parsed again. */
export type StoredPayload = {
  sourceName: string;
  stage: PipelineStage;
  dedupKey: string;
  receivedAt: Date;
  /** JSON text as received. */
  rawPayload: string;
  notes: string[];
  traceparent: string | null;
};

export type ReparsedAlert = { revision: number; severity: Severity };

/** Parses quarantined alerts again. */
export interface ReparseStore {
  /** Ids of a source's quarantined alerts, oldest first, after the given id. */
  listIds(
    sourceName: string,
    page: { after?: string | undefined; limit: number },
  ): Promise<string[]>;
  find(alertId: string): Promise<StoredPayload | undefined>;
  /** Turns a quarantined alert into a newly ingested one; undefined when it is no longer quarantined. */
  save(alertId: string, item: IngestItem): Promise<ReparsedAlert | undefined>;
}

const FIND = `
  SELECT source_name AS "sourceName", stage, dedup_key AS "dedupKey", received_at AS "receivedAt",
         raw_payload::text AS "rawPayload", ingest_notes AS notes, traceparent
    FROM alerts WHERE id = $1`;

export const createReparseStore = ({
  prisma,
  query,
}: Pick<Database, 'prisma' | 'query'>): ReparseStore => ({
  async listIds(sourceName, { after, limit }) {
    const rows = await prisma.alert.findMany({
      where: {
        sourceName,
        stage: 'quarantined',
        status: { not: 'Closed' },
        ...(after !== undefined && { id: { gt: after } }),
      },
      orderBy: { id: 'asc' },
      take: limit,
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  },

  async find(alertId) {
    const { rows } = await query<StoredPayload>(FIND, [alertId]);
    return rows[0];
  },

  save: async (alertId, item) =>
    await prisma.$transaction(async (tx) => {
      const before = await tx.alert.findFirst({ where: { id: alertId, stage: 'quarantined' } });
      if (!before) return undefined;
      // Locks slots before alerts, as triage does.
      const earlierAlertId =
        before.status === 'Closed' ? undefined : await claimSlot(tx, alertId, item);
      if (before.dedupKey !== item.dedupKey) {
        const { sourceName, dedupKey } = before;
        await tx.dedupSlot.deleteMany({ where: { sourceName, dedupKey, alertId } });
      }
      // Changes by people stay.
      const severity = before.severity === 'Pending' ? item.alert.severity : before.severity;
      const { count } = await tx.alert.updateMany({
        where: { id: alertId, stage: 'quarantined', revision: before.revision },
        data: {
          ...toColumns(item),
          severity,
          tags: [...new Set([...item.alert.tags, ...before.tags])],
          revision: { increment: 1 },
          ...(earlierAlertId !== undefined && { previousAlertId: earlierAlertId }),
        },
      });
      if (count === 0) return undefined;
      // The alert may be only part of the message; the original message stays stored.
      await tx.$executeRaw`
        UPDATE alerts SET raw_payload = ${item.rawPayload}::json,
               original_body = coalesce(original_body,
                 CASE WHEN raw_payload::text <> ${item.rawPayload}
                      THEN convert_to(raw_payload::text, 'UTF8') END)
         WHERE id = ${alertId}::uuid`;
      const revision = before.revision + 1;
      const detail = {
        revision,
        ...(earlierAlertId !== undefined && { previous_alert_uuid: earlierAlertId }),
      };
      await tx.activity.create({
        data: {
          id: newUuid(),
          alertId,
          at: new Date(),
          kind: 'reparsed',
          actor: item.actor,
          detail,
        },
      });
      return { revision, severity };
    }),
});

/** Gives the alert the slot of its key; if another alert holds the slot, returns that one as the earlier alert. */
async function claimSlot(
  tx: Prisma.TransactionClient,
  alertId: string,
  { sourceName, dedupKey, dedupWindowSeconds }: IngestItem,
): Promise<string | undefined> {
  const [slot] = await tx.$queryRaw<{ standing: string; previous: string | null }[]>`
    INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
    VALUES (${sourceName}, ${dedupKey}, ${alertId}::uuid,
            clock_timestamp() + make_interval(secs => ${dedupWindowSeconds}))
    ${Prisma.raw(TAKE_OVER_SLOT)}
    RETURNING alert_id AS standing, previous_alert_id AS previous`;
  const earlier = slot?.standing === alertId ? slot.previous : slot?.standing;
  return earlier === null || earlier === alertId ? undefined : earlier;
}

function toColumns({ alert, dedupKey, occurredAt }: IngestItem) {
  const now = new Date();
  return {
    dedupKey,
    occurredAt,
    title: alert.title,
    description: alert.description ?? null,
    severityOriginal: alert.severityOriginal ?? null,
    nativeAlertId: alert.nativeAlertId ?? null,
    sourceRuleId: alert.sourceRuleId ?? null,
    sourceRuleName: alert.sourceRuleName ?? null,
    sourceUrl: alert.sourceUrl ?? null,
    mitreTactics: alert.mitreTactics,
    mitreTechniques: alert.mitreTechniques,
    normalizedFields: alert.fields,
    statedIndicators: alert.statedIndicators,
    ingestNotes: alert.notes,
    hosts: alert.hosts,
    users: alert.users,
    stage: 'ingested',
    stageChangedAt: now,
    nextSweepAt: now,
    sweepCount: 0,
    failureCode: null,
    failureReason: null,
  } satisfies Prisma.AlertUpdateManyMutationInput;
}
