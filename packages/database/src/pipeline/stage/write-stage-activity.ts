import { newUuid } from '@calseta/common';
import { type Transaction } from '../../core/database.js';

/** Notes for each alert what a stage of the pipeline did with it. */
export function writeStageActivity(
  client: Transaction,
  { kind, actor }: { kind: string; actor: string },
  items: readonly { alertId: string; activity: Record<string, unknown> }[],
): void {
  client.send(
    `INSERT INTO activity (id, alert_id, at, kind, actor, detail)
     SELECT id, alert_id, now(), $4, $5, detail
       FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS given(id, alert_id, detail)`,
    [
      items.map(() => newUuid()),
      items.map(({ alertId }) => alertId),
      items.map(({ activity }) => JSON.stringify(activity)),
      kind,
      actor,
    ],
  );
}
