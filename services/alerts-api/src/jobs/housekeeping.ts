import { repeat, type Repeated } from '@calseta/async';
import { type HousekeepingStore } from '@calseta/database';

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
/** Batches per run, so that a backlog does not overload the database. */
const MAX_BATCHES = 50;

/** Deletes expired rows and old steps, and gives up deliveries that nobody pulls, at an interval, until it is stopped. */
export function startHousekeeping(options: HousekeepingOptions): Pick<Repeated, 'stop'> {
  const { store, giveUpAfterMs, stepsKeptDays, onError, intervalMs = INTERVAL_MS } = options;
  let isStopping = false;

  async function work(): Promise<void> {
    for (let batch = 0; batch < MAX_BATCHES && !isStopping; batch += 1) {
      const givenUp = await store.giveUpUnpulled(giveUpAfterMs, BATCH_SIZE);
      const forgotten = await store.deleteOldSteps(stepsKeptDays, BATCH_SIZE);
      if ((await store.deleteExpired(BATCH_SIZE)) + givenUp + forgotten === 0) return;
    }
  }

  const cleaning = repeat({ intervalMs: () => intervalMs, work, onError });
  return {
    async stop() {
      isStopping = true;
      await cleaning.stop();
    },
  };
}
