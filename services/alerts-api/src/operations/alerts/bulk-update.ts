import { AppError, type BulkUpdate, type BulkUpdateResult } from '@calseta/common';
import { type TriageStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';

export type BulkUpdateDeps = { triage: Pick<TriageStore, 'update'> };

/** Changes alerts one by one: what is refused for one does not keep the others from being changed. */
export const bulkUpdateOperation = ({ triage }: BulkUpdateDeps) =>
  operation(
    { scope: 'alerts:triage' },
    async (
      { alert_uuids: uuids, ...changes }: BulkUpdate,
      { principal },
    ): Promise<BulkUpdateResult> => {
      const results: BulkUpdateResult['results'] = [];
      for (const uuid of uuids) {
        results.push(
          await changeOne(uuid, async () => {
            const changed = await triage.update(uuid, { changes, actor: principal.keyId });
            return found('alert', changed).status;
          }),
        );
      }
      const changed = results.filter(({ error }) => error === undefined);
      return { results, changed_count: changed.length };
    },
  );

async function changeOne(
  uuid: string,
  change: () => Promise<BulkUpdateResult['results'][number]['status']>,
): Promise<BulkUpdateResult['results'][number]> {
  try {
    return { alert_uuid: uuid, status: await change() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { alert_uuid: uuid, error: { code: error.code, detail: error.message } };
  }
}
