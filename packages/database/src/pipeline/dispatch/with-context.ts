import { createBulkhead } from '@calseta/async';
import { type Database } from '../../core/database.js';
import {
  type ContextBounds,
  loadAlertContexts,
  type StoredAlertContext,
  weighAlertContexts,
} from './load-alert-contexts.js';

/**
 * Loads a context once other large reads leave room, and holds it while the work goes on. The work may read
 * `bytesBesides` more, and must not wait for a large read itself. Undefined for a missing alert.
 */
export type WithContext = <T>(
  alertId: string,
  work: (context: StoredAlertContext) => Promise<T>,
  bytesBesides?: number,
) => Promise<T | undefined>;

/** Nearly all contexts are within these bounds, and need no weighing. */
const SMALL: ContextBounds = { maxBytes: 256 * 1024, maxIndicators: 50 };
/** Postgres reads all answers of an alert to weigh it, so that few connections do so. */
const MAX_WEIGHED_AT_ONCE = 2;
const MAX_WAITING = 1_000;

export function createWithContext(
  database: Pick<Database, 'query' | 'onConnection' | 'readLarge'>,
): WithContext {
  const weighing = createBulkhead({ maxRunning: MAX_WEIGHED_AT_ONCE, maxWaiting: MAX_WAITING });

  return async (alertId, work, bytesBesides = 0) => {
    const load = async (bytes: number, bounds?: ContextBounds) =>
      await database.readLarge(bytes + bytesBesides, async () => {
        const [context] = await loadAlertContexts(database, [alertId], bounds);
        return context && { result: await work(context) };
      });
    const small = await load(SMALL.maxBytes, SMALL);
    if (small) return small.result;
    const [bytes] = await weighing.run(async () => await weighAlertContexts(database, [alertId]));
    return bytes === undefined ? undefined : (await load(bytes))?.result;
  };
}
