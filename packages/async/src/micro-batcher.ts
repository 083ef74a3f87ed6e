import { AppError, isTransient } from '@calseta/common';

export type MicroBatcherOptions<I, O> = {
  /** Items in one batch at most. */
  maxItems: number;
  /** So many wait for no more, if a place is free; `maxItems` unless told. */
  enoughItems?: number;
  /** What the items of one batch may weigh together; one alone may weigh more. */
  weight?: { of: (item: I) => number; max: number };
  /** How long the first item of a batch waits for company, ms; for none when the batch before it was small. */
  maxWaitMs: number;
  maxConcurrentBatches: number;
  /** Items that wait at most; beyond, they are refused. */
  maxQueued: number;
  /** Answers each item, in order. */
  run: (items: I[]) => Promise<O[]>;
};

export type MicroBatcher<I, O> = {
  /** Rejects with the item's own failure, or AppError('service.overloaded') when too many wait. */
  add(item: I): Promise<O>;
  /** Throws the same, when `add` would refuse the last of so many items. */
  assertRoom(count: number): void;
  /** Runs what waits at once and resolves when nothing is left. */
  drain(): Promise<void>;
};

/**
 * The batches of a worker. One at a time: what comes meanwhile makes the next, so that batches are as large as the
 * load asks for. The queue holds more than are ever in work together; a consumer's prefetch is what bounds them.
 */
export const WORKER_BATCHES = {
  maxItems: 128,
  maxWaitMs: 5,
  maxConcurrentBatches: 1,
  maxQueued: 10_000,
};

type Entry<I, O> = { item: I; resolve: (output: O) => void; reject: (error: unknown) => void };

/**
 * After a batch of so many items at most, the next one waits only for what is added in the same turn of the event
 * loop: where little comes, waiting is a delay without company.
 */
export const SMALL_BATCH = 4;
/** So long after a larger one, little is expected again. */
export const BUSY_FOR_MS = 1_000;

/**
 * Gathers single items into batches; an item that breaks its batch fails alone. In an outage, and when a batch
 * takes too long, all of it fails at once, and those after it are smaller until they succeed again: they end in
 * time, and an item that is slow by itself drags fewer others along each time that it is tried.
 */
export function createMicroBatcher<I, O>(options: MicroBatcherOptions<I, O>): MicroBatcher<I, O> {
  const {
    maxItems,
    enoughItems = maxItems,
    maxWaitMs,
    maxConcurrentBatches,
    maxQueued,
    run,
  } = options;
  const running = new Set<Promise<void>>();
  let waiting: Entry<I, O>[] = [];
  let stopWaiting: (() => void) | undefined;
  /** The first waiting batch need not wait any longer; only a free place is missing. */
  let isDue = false;
  /** Items in the next batch at most. */
  let mostItems = maxItems;
  let lastLength = 0;
  let lastStartedAt = 0;

  function startWaiting(): () => void {
    const onTime = () => {
      stopWaiting = undefined;
      isDue = true;
      startBatches();
    };
    if (lastLength <= SMALL_BATCH || performance.now() - lastStartedAt > BUSY_FOR_MS) {
      const immediate = setImmediate(onTime);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(onTime, maxWaitMs);
    return () => clearTimeout(timer);
  }

  /** How many of those that wait make the next batch. */
  function batchLength(): number {
    const { weight } = options;
    const most = Math.min(waiting.length, mostItems);
    if (!weight) return most;
    let sum = 0;
    let length = 0;
    for (const { item } of waiting.slice(0, most)) {
      sum += weight.of(item);
      if (sum > weight.max) break;
      length += 1;
    }
    return Math.max(1, length);
  }

  function startBatches(): void {
    while (
      running.size < maxConcurrentBatches &&
      (waiting.length >= enoughItems || (isDue && waiting.length > 0))
    ) {
      lastLength = batchLength();
      lastStartedAt = performance.now();
      const batch = waiting.slice(0, lastLength);
      waiting = waiting.slice(lastLength);
      isDue &&= waiting.length > 0;
      const work = settle(batch).finally(() => {
        running.delete(work);
        startBatches();
      });
      running.add(work);
    }
    if (waiting.length === 0) {
      stopWaiting?.();
      stopWaiting = undefined;
    } else if (!isDue) {
      stopWaiting ??= startWaiting();
    }
  }

  async function settle(batch: Entry<I, O>[]): Promise<void> {
    try {
      const outputs = await run(batch.map(({ item }) => item));
      if (outputs.length !== batch.length) throw new Error('A batch did not answer every item.');
      mostItems = Math.min(maxItems, mostItems * 2);
      batch.forEach(({ resolve }, index) => resolve(outputs[index] as O));
    } catch (error) {
      const half = Math.ceil(batch.length / 2);
      const isOurs = isTransient(error);
      if (isOurs) mostItems = half;
      if (isOurs || batch.length === 1) {
        for (const { reject } of batch) reject(error);
      } else {
        // Halves again and again: one bad item of many is found in a few tries.
        await settle(batch.slice(0, half));
        await settle(batch.slice(half));
      }
    }
  }

  function assertRoom(count: number): void {
    if (waiting.length + count <= maxQueued) return;
    throw new AppError('service.overloaded', 'Too many writes wait for the database.');
  }

  return {
    assertRoom,
    async add(item) {
      assertRoom(1);
      return await new Promise<O>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        startBatches();
      });
    },
    async drain() {
      isDue = waiting.length > 0;
      startBatches();
      while (running.size > 0) await Promise.all(running);
    },
  };
}
