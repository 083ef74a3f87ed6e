import { setImmediate as nextTurn } from 'node:timers/promises';
import { type SlicedWork } from '@calseta/common';

/** Runs sliced work to its end; between two slices the event loop serves others. */
export async function runInTurns<T>(work: SlicedWork<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}
