import { type Connection } from '../../core/database.js';
import { type WaitingStage } from './stage-store.js';
import { defineRows } from '../../core/rows.js';

type AlertRevision = { alertId: string; revision: number };

const REVISIONS = defineRows<AlertRevision>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  revision: ['int', ({ revision }) => revision],
});

/**
 * Locks, in id order, the alerts of a batch whose stage and revision are unchanged since loading. `moving` has one item
 * for each: a redelivered message may repeat an alert in a batch, a replay may add another revision of it.
 */
export async function lockStandingAlerts<T extends AlertRevision>(
  client: Connection,
  stage: WaitingStage,
  items: readonly T[],
): Promise<{ moving: T[]; isMoving: (item: T) => boolean }> {
  const { rows } = await client.query<{ id: string; revision: number }>(
    `SELECT a.id, a.revision FROM alerts a
       JOIN ${REVISIONS.from}
         ON given.id = a.id AND given.revision = a.revision
      WHERE a.stage = $${REVISIONS.nextParameter}::pipeline_stage ORDER BY a.id FOR NO KEY UPDATE OF a`,
    [...REVISIONS.parameters(items), stage],
  );
  const revisions = new Map(rows.map(({ id, revision }) => [id, revision]));
  const isMoving = ({ alertId, revision }: T): boolean => revisions.get(alertId) === revision;
  const moving = new Map(items.filter(isMoving).map((item) => [item.alertId, item]));
  return { moving: [...moving.values()], isMoving };
}
