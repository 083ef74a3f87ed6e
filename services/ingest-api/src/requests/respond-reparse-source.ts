import { AppError, type REQUESTS } from '@calseta/common';
import { type ReparseStore } from '@calseta/database';
import { type Responder } from '@calseta/messaging';
import { type Counter } from '@calseta/platform';
import { type createReparse } from './respond-reparse.js';

/** Shorter than the deadline of the request, so that the reply arrives in time. */
export const REPARSE_BUDGET_MS = 20_000;

export type ReparseSourceDeps = {
  quarantine: Pick<ReparseStore, 'listIds'>;
  reparse: ReturnType<typeof createReparse>;
  reparsed: Counter<'source' | 'outcome'>;
  nowMs?: () => number;
};

/** Reads quarantined alerts of a source again, oldest first. Returns where the next request continues. */
export const createReparseSource =
  ({
    quarantine,
    reparse,
    reparsed,
    nowMs = () => performance.now(),
  }: ReparseSourceDeps): Responder<typeof REQUESTS.reparseSource> =>
  async ({ source_name: sourceName, limit, after, actor }, context) => {
    const ids = await quarantine.listIds(sourceName, { after, limit });
    const endsAt = nowMs() + REPARSE_BUDGET_MS;
    const counts = { reparsed_count: 0, further_count: 0, quarantined_count: 0 };
    let last: string | undefined;
    for (const id of ids) {
      if (nowMs() >= endsAt) break;
      const further = await attempt(async () => await reparse({ alert_id: id, actor }, context));
      reparsed.inc({ source: sourceName, outcome: further === undefined ? 'unread' : 'read' });
      if (further === undefined) counts.quarantined_count += 1;
      else counts.reparsed_count += 1;
      counts.further_count += further?.further_alert_ids.length ?? 0;
      last = id;
    }
    const isDone = ids.length < limit && last === ids.at(-1);
    return { ...counts, next_cursor: isDone ? null : (last ?? null) };
  };

/** An alert that is still unreadable, or was reparsed concurrently, does not stop the others. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && PASSED_OVER.has(error.code)) return undefined;
    throw error;
  }
}

const PASSED_OVER = new Set(['resource.conflict', 'resource.not_found', 'request.too_large']);
