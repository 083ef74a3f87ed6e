import { type Connection } from '../../core/database.js';
import { type WaitingStage } from './stage-store.js';
import { defineRows } from '../../core/rows.js';

type AlertRevision = { alertId: string; revision: number };

const REVISIONS = defineRows<AlertRevision>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  revision: ['int', ({ revision }) => revision],
});

/**
 * Locks, in the order of their ids, the alerts of a batch that still stand where they were loaded. `moving`
 * holds one item for each: a message that came twice may bring the same alert into a batch twice, and a
 * replay may bring it in two revisions.
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
