import { type Repeated } from '@calseta/async';
import { type HousekeepingStore } from '@calseta/database';
import { repeatUntilNone } from './repeat-until-none.js';

export type HousekeepingOptions = {
  store: HousekeepingStore;
  /** Age of a delivery that nobody pulls at which it is given up. */
  giveUpAfterMs: number;
  /** Days that the steps of a run are kept after its end. */
  stepsKeptDays: number;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

/** Milliseconds. Replicas share the work, since each skips the rows that another has locked. */
const INTERVAL_MS = 600_000;
const BATCH_SIZE = 1_000;

/** Deletes expired rows and old steps, and gives up deliveries that nobody pulls, at an interval, until it is stopped. */
export function startHousekeeping(options: HousekeepingOptions): Pick<Repeated, 'stop'> {
  const { store, giveUpAfterMs, stepsKeptDays, onError, intervalMs = INTERVAL_MS } = options;
  return repeatUntilNone({
    intervalMs,
    onError,
    work: async (untilNone) =>
      await untilNone(async () => {
        const givenUp = await store.giveUpUnpulled(giveUpAfterMs, BATCH_SIZE);
        const forgotten = await store.deleteOldSteps(stepsKeptDays, BATCH_SIZE);
        return (await store.deleteExpired(BATCH_SIZE)) + givenUp + forgotten;
      }),
  });
}
