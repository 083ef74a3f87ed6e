import { AppError } from '@calseta/common';
import { type BatchEntry, settleBatch } from './settle-batch.js';

export type BatchLimits = {
  /** Items in one batch at most. */
  maxItems: number;
  /** How long the first item of a batch waits for a larger one, ms; not at all after a small batch. */
  maxWaitMs: number;
  maxConcurrentBatches: number;
  /** Items that wait at most; further ones are refused. */
  maxQueued: number;
};

/** Bounds the sum of the weights in one batch; a single item may weigh more. */
export type BatchWeight<I> = { of: (item: I) => number; max: number };

export type MicroBatcherOptions<I, O> = BatchLimits & {
  /** With so many items a batch starts at once if it may; `maxItems` unless given. */
  enoughItems?: number;
  weight?: BatchWeight<I>;
  /**
   * Whether `run` may answer only the first items, one at least; the others come first in the next batch. For items
   * whose size is known only once the work on them has begun.
   */
  mayLeaveItems?: boolean;
  /** Answers each item, in order. */
  run: (items: I[]) => Promise<O[]>;
};

export type MicroBatcher<I, O> = {
  /** Rejects with the item's own failure, or AppError('service.overloaded') when too many wait. */
  add(item: I): Promise<O>;
  /** Throws the same when `add` would refuse the last of so many items. */
  assertRoom(count: number): void;
  /** Runs what waits at once and resolves when nothing is left. */
  drain(): Promise<void>;
};

/**
 * The batches of a worker. One runs at a time, and what arrives meanwhile makes the next, so that batches grow with
 * the load. The consumer's prefetch bounds how many items wait; the queue holds more than that.
 */
export const WORKER_BATCHES: BatchLimits = {
  maxItems: 128,
  maxWaitMs: 5,
  maxConcurrentBatches: 1,
  maxQueued: 10_000,
};

/**
 * After a batch of at most so many items, the next one waits only for what is added in the same turn of the event
 * loop: under a light load, waiting delays an item and gathers no others.
 */
export const SMALL_BATCH = 4;
/** The load counts as light again so long after the last batch. */
export const BUSY_FOR_MS = 1_000;

/**
 * Gathers single items into batches; an item that breaks its batch fails alone. A transient failure fails the whole
 * batch and halves the size of the next ones until they succeed: smaller batches end in time, and fewer others
 * share them with an item that is slow by itself.
 */
export function createMicroBatcher<I, O>(options: MicroBatcherOptions<I, O>): MicroBatcher<I, O> {
  const { maxItems, enoughItems = maxItems, maxConcurrentBatches, maxQueued } = options;
  const { run, mayLeaveItems = false } = options;
  const running = new Set<Promise<void>>();
  let waiting: BatchEntry<I, O>[] = [];
  let stopWaiting: (() => void) | undefined;
  /** The first waiting batch need not wait any longer; only a free place is missing. */
  let isDue = false;
  /** Size of the next batch at most. */
  let mostItems = maxItems;
  let lastLength = 0;
  let lastStartedAt = 0;

  function startWaiting(): () => void {
    const isQuiet = lastLength <= SMALL_BATCH || performance.now() - lastStartedAt > BUSY_FOR_MS;
    return callLater(isQuiet ? undefined : options.maxWaitMs, () => {
      stopWaiting = undefined;
      isDue = true;
      startBatches();
    });
  }

  function startBatches(): void {
    while (
      running.size < maxConcurrentBatches &&
      (waiting.length >= enoughItems || (isDue && waiting.length > 0))
    ) {
      startBatch();
    }
    if (waiting.length === 0) {
      stopWaiting?.();
      stopWaiting = undefined;
    } else if (!isDue) {
      stopWaiting ??= startWaiting();
    }
  }

  function startBatch(): void {
    lastLength = batchLength(waiting.slice(0, mostItems), options.weight);
    lastStartedAt = performance.now();
    const batch = waiting.slice(0, lastLength);
    waiting = waiting.slice(lastLength);
    isDue &&= waiting.length > 0;
    const work = settleBatch(batch, {
      run,
      mayLeaveItems,
      onSuccess: () => (mostItems = Math.min(maxItems, mostItems * 2)),
      onTransientFailure: (size) => (mostItems = Math.ceil(size / 2)),
    }).then((left) => {
      running.delete(work);
      if (left.length > 0) {
        waiting = [...left, ...waiting];
        isDue = true;
      }
      startBatches();
    });
    running.add(work);
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

/** A function for single items that runs them in the batches of a worker. */
export const batched = <I, O>(
  run: (items: I[]) => Promise<O[]>,
  options: Partial<Omit<MicroBatcherOptions<I, O>, 'run'>> = {},
): ((item: I) => Promise<O>) => createMicroBatcher({ ...WORKER_BATCHES, ...options, run }).add;

/** Calls after `ms`, or after this turn of the event loop; returns what cancels the call. */
function callLater(ms: number | undefined, call: () => void): () => void {
  if (ms === undefined) {
    const immediate = setImmediate(call);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

/** How many of the items make a batch within the weight; one at least. */
function batchLength<I>(items: readonly { item: I }[], weight: BatchWeight<I> | undefined): number {
  if (!weight) return items.length;
  let sum = 0;
  const tooMany = items.findIndex(({ item }) => (sum += weight.of(item)) > weight.max);
  return tooMany === -1 ? items.length : Math.max(1, tooMany);
}
