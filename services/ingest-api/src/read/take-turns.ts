import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBulkhead } from '@calseta/async';

/** Bounds of the time that long work may block the event loop, ms. */
const SLICE_MS = { min: 1, max: 100 };

/** Makes all items, and yields to the event loop in between. */
export type InSlices = <T>(items: Iterable<T>) => Promise<T[]>;

/** Runs work on long bodies; throws AppError('service.overloaded') when too many wait. */
export type InTurn = <T>(work: (inSlices: InSlices) => Promise<T>) => Promise<T>;

/** Each slice is as long as the pause before it, so that other requests get half of the time. */
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
 * Runs one work at a time, in order of arrival. Waiting bodies stay unparsed, since parsed ones take many times
 * the memory.
 */
export function createTurns(maxWaiting: number): InTurn {
  const inSlices = createSlices();
  const turns = createBulkhead({ maxRunning: 1, maxWaiting });
  return async (work) => await turns.run(async () => await work(inSlices));
}
