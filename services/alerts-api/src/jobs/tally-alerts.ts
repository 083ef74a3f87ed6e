import { type Repeated } from '@calseta/async';
import { type TallyStore } from '@calseta/database';
import { repeatUntilNone } from './repeat-until-none.js';

export type Tallying = {
  store: TallyStore;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

/** Metrics are right without it, and slower: what is not tallied is counted as it stands. */
const INTERVAL_MS = 60_000;
/** Hours of one transaction. */
const BATCH_SIZE = 24;

/** Counts the alerts of hours that are over, at an interval, until it is stopped. Of several replicas one works at a time. */
export const startTallying = ({
  store,
  onError,
  intervalMs = INTERVAL_MS,
}: Tallying): Pick<Repeated, 'stop'> =>
  repeatUntilNone({
    intervalMs,
    onError,
    work: async (untilNone) => await untilNone(async () => await store.tally(BATCH_SIZE)),
  });
