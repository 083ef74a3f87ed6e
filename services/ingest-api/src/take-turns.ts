import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long other requests wait at least and at most for those who take turns, ms. */
const SLICE_MS = { min: 5, max: 100 };

/**
 * Does the long work of several requests one after the other, with turns of the event loop for all the others
 * in between, who get half of the time: without it, one batch would let hundreds of requests wait, and
 * a hundred batches at once would let every one of them wait for all.
 */
export function createTurns(): <T>(items: Iterable<T>) => Promise<T[]> {
  let last: Promise<unknown> = Promise.resolve();
  let sliceEndsAt = 0;

  async function letOthers(): Promise<void> {
    const endedAt = performance.now();
    await nextTurn();
    const now = performance.now();
    sliceEndsAt = now + Math.min(Math.max(now - endedAt, SLICE_MS.min), SLICE_MS.max);
  }
  async function make<T>(items: Iterable<T>): Promise<T[]> {
    const made: T[] = [];
    for (const item of items) {
      made.push(item);
      if (performance.now() >= sliceEndsAt) await letOthers();
    }
    return made;
  }
  return async (items) => {
    const own = last.then(async () => await make(items));
    last = own.catch(() => undefined);
    return await own;
  };
}
