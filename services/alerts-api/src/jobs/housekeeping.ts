import { type Repeated } from '@calseta/async';
import { type HousekeepingStore } from '@calseta/database';
import { repeatUntilNone } from './repeat-until-none.js';

export type HousekeepingOptions = {
  store: HousekeepingStore;
  /** Age of a delivery that nobody pulls at which it is given up. */
  giveUpAfterMs: number;
  /** Days that the steps of a run are kept after its end. */
  stepsKeptDays: number;
  /** Days that an alert is kept after it was closed; undefined: for ever. */
  alertsKeptDays: number | undefined;
  /** Called with the number of alerts that a batch deleted because of their age. */
  onAlertsDeleted: (count: number) => void;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

/** Milliseconds. Replicas share the work, since each skips the rows that another has locked. */
const INTERVAL_MS = 600_000;
const BATCH_SIZE = 1_000;
/** Fewer, because hundreds of rows may hang on an alert. */
const ALERT_BATCH_SIZE = 200;

/** Deletes expired rows, old steps and old alerts, and gives up deliveries that nobody pulls, at an interval, until it is stopped. */
export function startHousekeeping(options: HousekeepingOptions): Pick<Repeated, 'stop'> {
  const { store, giveUpAfterMs, stepsKeptDays, onError, intervalMs = INTERVAL_MS } = options;
  const deleteOldAlerts = async (): Promise<number> => {
    if (options.alertsKeptDays === undefined) return 0;
    const count = await store.deleteOldAlerts(options.alertsKeptDays, ALERT_BATCH_SIZE);
    if (count > 0) options.onAlertsDeleted(count);
    return count;
  };
  return repeatUntilNone({
    intervalMs,
    onError,
    work: async (untilNone) =>
      await untilNone(async () => {
        const givenUp = await store.giveUpUnpulled(giveUpAfterMs, BATCH_SIZE);
        const forgotten = await store.deleteOldSteps(stepsKeptDays, BATCH_SIZE);
        const expired = await store.deleteExpired(BATCH_SIZE);
        return expired + givenUp + forgotten + (await deleteOldAlerts());
      }),
  });
}
