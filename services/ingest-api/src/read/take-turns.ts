import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBulkhead } from '@calseta/async';

/** How long others wait at least and at most for one piece of long work, ms. */
const SLICE_MS = { min: 1, max: 100 };

/** Makes all items, with turns of the event loop for others in between. */
export type InSlices = <T>(items: Iterable<T>) => Promise<T[]>;

/** Does work on long bodies; throws AppError('service.overloaded') when too many wait. */
export type InTurn = <T>(work: (inSlices: InSlices) => Promise<T>) => Promise<T>;

/** Slices as long as all others took since the one before: they get half of the time. */
export function createSlices(): InSlices {
  let sliceEndsAt = performance.now() + SLICE_MS.min;
  return async (items) => {
    const made = [];
    for (const item of items) {
      made.push(item);
      const now = performance.now();
      if (now < sliceEndsAt) continue;
      await nextTurn();
      const resumedAt = performance.now();
      const othersMs = resumedAt - now;
      sliceEndsAt = resumedAt + Math.min(Math.max(othersMs, SLICE_MS.min), SLICE_MS.max);
    }
    return made;
  };
}

/**
 * Does one work after the other, in the order in which they came. The others wait as the text that was sent: parsed,
 * they take many times the memory.
 */
export function createTurns(maxWaiting: number): InTurn {
  const inSlices = createSlices();
  const turns = createBulkhead({ maxRunning: 1, maxWaiting });
  return async (work) => await turns.run(async () => await work(inSlices));
}
