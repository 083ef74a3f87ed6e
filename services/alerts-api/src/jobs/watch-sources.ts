import { type Repeated } from '@calseta/async';
import { type SilenceStore } from '@calseta/database';
import { repeatInBatches } from './repeat-in-batches.js';

export type SourceWatchOptions = {
  store: SilenceStore;
  onError: (error: unknown) => void;
  intervalMs?: number;
};

const INTERVAL_MS = 15_000;

/** Tells agents of sources that have become silent, and of the end of it; at once, and then at an interval. */
export function startSourceWatch({
  store,
  onError,
  intervalMs = INTERVAL_MS,
}: SourceWatchOptions): Pick<Repeated, 'stop'> {
  const watch = repeatInBatches({ work: store.tellOfSilence, onError, intervalMs });
  watch.trigger();
  return watch;
}
