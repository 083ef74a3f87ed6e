import {
  AppError,
  makeMessage,
  newUuid,
  TEST_SOURCE,
  type AlertMessage,
  type MessageType,
  type PipelineStage,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { type Alert } from '../generated/client.js';
import { lockAlert } from './lock-alert.js';

export type ReplayFrom = 'extract' | 'enrich' | 'dispatch';

/** Runs alerts through the pipeline again, as a new revision. */
export interface ReplayStore {
  /**
   * Resets the alert, cancels its pending deliveries, and returns the message to publish; undefined for an unknown
   * alert. Throws `resource.conflict` when the alert never reached `from`.
   */
  replay(uuid: string, from: ReplayFrom, actor: string): Promise<AlertMessage | undefined>;
  /** What a replay would meet; undefined for an unknown alert. Changes nothing, and throws as `replay` does. */
  preview(uuid: string, from: ReplayFrom): Promise<ReplayOutlook | undefined>;
}

export type ReplayOutlook = {
  /** The one that the replay would make. */
  revision: number;
  /** Agents that have got an earlier revision. */
  deliveredAgentIds: ReadonlySet<string>;
  pendingDeliveryCount: number;
};

/** The stage that an alert is reset to, and the message that continues from there. */
const RESTARTS = {
  extract: { stage: 'ingested', type: 'alert.ingested' },
  enrich: { stage: 'extracted', type: 'alert.extracted' },
  dispatch: { stage: 'enriched', type: 'alert.enriched' },
} as const satisfies Record<ReplayFrom, { stage: PipelineStage; type: MessageType }>;

/** The new revision replaces the pending push and has its own id. */
const SUPERSEDED = 'The alert was replayed.';

export const createReplayStore = ({ prisma }: Database): ReplayStore => ({
  replay: async (uuid, from, actor) =>
    await prisma.$transaction(async (tx) => {
      const alert = await lockAlert(tx, uuid);
      if (!alert) return undefined;
      assertReached(alert, from);

      const { stage, type } = RESTARTS[from];
      const now = new Date();
      const { revision, severity } = await tx.alert.update({
        where: { id: uuid },
        data: {
          stage,
          revision: { increment: 1 },
          stageChangedAt: now,
          nextSweepAt: now,
          sweepCount: 0,
          failureCode: null,
          failureReason: null,
          ...(from !== 'dispatch' && { enrichmentStatus: 'Pending' }),
        },
      });
      await tx.delivery.updateMany({
        where: { alertId: uuid, status: 'pending' },
        data: { status: 'cancelled', finishedAt: now, lastError: SUPERSEDED },
      });
      await tx.activity.create({
        data: {
          id: newUuid(),
          alertId: uuid,
          at: now,
          kind: 'replayed',
          actor,
          detail: { from, revision },
        },
      });
      return makeMessage({ type, alertId: uuid, revision, severity });
    }),

  async preview(uuid, from) {
    const alert = await prisma.alert.findFirst({ where: { id: uuid }, select: REACHED });
    if (!alert) return undefined;
    assertReached(alert, from);
    const [delivered, pendingDeliveryCount] = await Promise.all([
      prisma.delivery.findMany({
        where: { alertId: uuid, status: 'delivered' },
        distinct: ['agentId'],
        select: { agentId: true },
      }),
      prisma.delivery.count({ where: { alertId: uuid, status: 'pending' } }),
    ]);
    return {
      revision: alert.revision + 1,
      deliveredAgentIds: new Set(delivered.map(({ agentId }) => agentId)),
      pendingDeliveryCount,
    };
  },
});

const REACHED = { sourceName: true, stage: true, enrichedAt: true, revision: true } as const;

function assertReached(
  alert: Pick<Alert, 'sourceName' | 'stage' | 'enrichedAt'>,
  from: ReplayFrom,
): void {
  if (alert.sourceName === TEST_SOURCE) {
    throw new AppError(
      'resource.conflict',
      'The alert of a test push is not replayed; POST /v1/agents/{uuid}/test makes another.',
    );
  }
  if (alert.stage === 'quarantined') {
    throw new AppError('resource.conflict', 'A quarantined alert has to be parsed first.');
  }
  const hasIndicators = alert.enrichedAt !== null || alert.stage === 'extracted';
  if (from === 'extract' || (from === 'enrich' && hasIndicators) || alert.enrichedAt !== null) {
    return;
  }
  throw new AppError(
    'resource.conflict',
    `The alert never got as far as "${from}"; replay it from "extract".`,
  );
}
