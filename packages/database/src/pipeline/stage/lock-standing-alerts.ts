import { type Malice } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { type WaitingStage } from './stage-store.js';
import { defineRows } from '../../core/rows.js';

type AlertRevision = { alertId: string; revision: number };

/** A verdict on an alert; one that a person gave stays. */
export type StandingVerdict = { malice: Malice; isOverridden: boolean };

type StandingAlert = StandingVerdict & { id: string; revision: number };

export type StandingAlerts<T> = {
  moving: T[];
  isMoving: (item: T) => boolean;
  verdictOn: (item: Pick<AlertRevision, 'alertId'>) => StandingVerdict | undefined;
};

const REVISIONS = defineRows<AlertRevision>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  revision: ['int', ({ revision }) => revision],
});

/**
 * Locks, in id order, the alerts of a batch whose stage and revision are unchanged since loading. `moving` has one item
 * for each: a redelivered message may repeat an alert in a batch, a replay may add another revision of it. `verdictOn`
 * gives the verdict on a locked alert.
 */
export async function lockStandingAlerts<T extends AlertRevision>(
  client: Connection,
  stage: WaitingStage,
  items: readonly T[],
): Promise<StandingAlerts<T>> {
  const { rows } = await client.query<StandingAlert>(
    `SELECT a.id, a.revision, a.malice, a.malice_override IS NOT NULL AS "isOverridden" FROM alerts a
       JOIN ${REVISIONS.from}
         ON given.id = a.id AND given.revision = a.revision
      WHERE a.stage = $${REVISIONS.nextParameter}::pipeline_stage ORDER BY a.id FOR NO KEY UPDATE OF a`,
    [...REVISIONS.parameters(items), stage],
  );
  const standing = new Map(rows.map((row) => [row.id, row]));
  const isMoving = ({ alertId, revision }: T): boolean =>
    standing.get(alertId)?.revision === revision;
  const moving = new Map(items.filter(isMoving).map((item) => [item.alertId, item]));
  return {
    moving: [...moving.values()],
    isMoving,
    verdictOn: ({ alertId }) => standing.get(alertId),
  };
}
