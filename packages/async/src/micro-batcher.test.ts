import { AppError } from '@calseta/common';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  BUSY_FOR_MS,
  createMicroBatcher,
  type MicroBatcherOptions,
  SMALL_BATCH,
} from './micro-batcher.js';

type Options = Partial<MicroBatcherOptions<number, string>>;

/** A batcher that records its batches and answers each number with itself as text. */
function aBatcher(options: Options = {}) {
  const batches: number[][] = [];
  const batcher = createMicroBatcher<number, string>({
    maxItems: 3,
    maxWaitMs: 2,
    maxConcurrentBatches: 2,
    maxQueued: 100,
    run: async (items) => {
      batches.push(items);
      return items.map(String);
    },
    ...options,
  });
  return { batches, ...batcher };
}

/** Runs that stay open until they are let go. */
function aGate() {
  const batches: number[][] = [];
  const open: (() => void)[] = [];
  const run = async (items: number[]) => {
    batches.push(items);
    await new Promise<void>((resolve) => open.push(resolve));
    return items.map(String);
  };
  return { batches, run, letGo: () => open.shift()?.() };
}

/** One item at a time, each as long as the gate holds it. */
function aGatedBatcher(maxQueued: number) {
  const gate = aGate();
  const options = { run: gate.run, maxItems: 1, maxConcurrentBatches: 1, maxQueued };
  return { gate, ...aBatcher(options) };
}

const settled = async () => await jest.advanceTimersByTimeAsync(0);

describe('createMicroBatcher', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('takes what a run has left as the first items of the next batch', async () => {
    const batches: number[][] = [];
    const { add } = aBatcher({
      maxConcurrentBatches: 1,
      mayLeaveItems: true,
      run: async (items) => {
        batches.push(items);
        return items.slice(0, 2).map(String);
      },
    });
    expect(await Promise.all([1, 2, 3, 4, 5].map(add))).toEqual(['1', '2', '3', '4', '5']);
    expect(batches).toEqual([[1, 2, 3], [3, 4, 5], [5]]);
  });

  test.each([
    ['nothing', []],
    ['more than was asked', ['1', '2']],
  ])('fails an item when the run answers %s', async (_, answers) => {
    const { add } = aBatcher({ maxItems: 1, mayLeaveItems: true, run: async () => answers });
    await expect(add(1)).rejects.toThrow('A batch did not answer every item.');
  });

  test('runs a batch as soon as it is full', async () => {
    const { add, batches } = aBatcher();
    expect(await Promise.all([1, 2, 3].map(add))).toEqual(['1', '2', '3']);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test('runs what is added in one turn together, and lets it wait for nothing else', async () => {
    const { add, batches } = aBatcher();
    const first = Promise.all([1, 2].map(add));
    expect(batches).toEqual([]);
    await settled();
    expect(await first).toEqual(['1', '2']);
    const second = add(3);
    await settled();
    expect(await second).toBe('3');
    expect(batches).toEqual([[1, 2], [3]]);
  });

  test('lets an item wait for company after a batch that was not small, until its time is up', async () => {
    const { add, batches } = aBatcher({ maxItems: 10 });
    const many = Array.from({ length: SMALL_BATCH + 1 }, (_, index) => index);
    const first = Promise.all(many.map(add));
    await settled();
    await first;
    const second = Promise.all([10, 11].map(add));
    await jest.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([many]);
    await jest.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([many, [10, 11]]);
    await second;
    // That one was small again.
    const third = add(12);
    await settled();
    expect(await third).toBe('12');
  });

  test('forgets a large batch after a while', async () => {
    const { add } = aBatcher({ maxItems: SMALL_BATCH + 1, maxWaitMs: 1_000_000 });
    await Promise.all(Array.from({ length: SMALL_BATCH + 1 }, (_, index) => add(index)));
    await jest.advanceTimersByTimeAsync(BUSY_FOR_MS + 1);
    const late = add(99);
    await settled();
    expect(await late).toBe('99');
  });

  test('lets no item wait for others when there are enough, and fills batches while no place is free', async () => {
    const gate = aGate();
    const { add, drain } = aBatcher({ run: gate.run, enoughItems: 2, maxConcurrentBatches: 1 });
    const answers = Promise.all([1, 2, 3, 4, 5, 6].map(add));
    expect(gate.batches).toEqual([[1, 2]]);
    const drained = drain();
    for (let left = 3; left > 0; left -= 1) {
      gate.letGo();
      await settled();
    }
    await drained;
    expect(gate.batches).toEqual([[1, 2], [3, 4, 5], [6]]);
    expect(await answers).toHaveLength(6);
  });

  test('keeps the order of items over batches', async () => {
    const { add, batches, drain } = aBatcher({ maxConcurrentBatches: 1 });
    const answers = Promise.all([1, 2, 3, 4, 5, 6, 7].map(add));
    await drain();
    expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(await answers).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  test('has no more batches in flight than allowed', async () => {
    const gate = aGate();
    const { add } = aBatcher({ run: gate.run, maxItems: 1, maxConcurrentBatches: 2 });
    const answers = Promise.all([1, 2, 3].map(add));
    await settled();
    expect(gate.batches).toEqual([[1], [2]]);
    gate.letGo();
    await settled();
    expect(gate.batches).toEqual([[1], [2], [3]]);
    gate.letGo();
    gate.letGo();
    expect(await answers).toEqual(['1', '2', '3']);
  });

  test('lets an item that breaks its batch fail alone', async () => {
    const { add } = aBatcher({
      run: async (items) => {
        if (items.includes(2)) throw new Error('two is poison');
        return items.map(String);
      },
    });
    const results = await Promise.allSettled([1, 2, 3].map(add));
    expect(results).toEqual([
      { status: 'fulfilled', value: '1' },
      { status: 'rejected', reason: new Error('two is poison') },
      { status: 'fulfilled', value: '3' },
    ]);
  });

  test('finds one bad item of many in a few tries', async () => {
    const tried: number[][] = [];
    const { add } = aBatcher({
      maxItems: 64,
      run: async (items) => {
        tried.push(items);
        if (items.includes(7)) throw new Error('seven is poison');
        return items.map(String);
      },
    });
    const results = await Promise.allSettled(Array.from({ length: 64 }, (_, item) => add(item)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(results[7]?.status).toBe('rejected');
    // The whole, and two halves at each of six levels.
    expect(tried).toHaveLength(13);
  });

  test('closes a batch before it grows too heavy, and takes what is too heavy alone', async () => {
    const { add, batches, drain } = aBatcher({
      maxItems: 64,
      weight: { of: (item) => item, max: 10 },
    });
    const answers = Promise.all([4, 6, 1, 50, 9, 1].map(add));
    await drain();
    await answers;
    expect(batches).toEqual([[4, 6], [1], [50], [9, 1]]);
  });

  test('fails a whole batch at once while the database is away', async () => {
    let runs = 0;
    const { add } = aBatcher({
      run: async () => {
        runs += 1;
        throw new AppError('service.unavailable', 'The database does not answer.');
      },
    });
    const results = await Promise.allSettled([1, 2, 3].map(add));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(runs).toBe(1);
  });

  test('makes smaller batches after one that took too long, until they succeed again', async () => {
    const sizes: number[] = [];
    const { add, drain } = aBatcher({
      maxItems: 8,
      maxConcurrentBatches: 1,
      run: async (items) => {
        sizes.push(items.length);
        if (items.length > 2) throw new AppError('service.overloaded', 'It took too long.');
        return items.map(String);
      },
    });
    const answers = Promise.allSettled(Array.from({ length: 32 }, (_, item) => add(item)));
    await drain();
    await answers;
    expect(sizes).toEqual([8, 4, 2, 4, 2, 4, 2, 4, 2]);
  });

  test('tries an item that is always too slow with fewer others each time', async () => {
    const dragged: number[] = [];
    const { add, drain } = aBatcher({
      maxItems: 64,
      maxConcurrentBatches: 1,
      run: async (items) => {
        if (!items.includes(7)) return items.map(String);
        dragged.push(items.length);
        throw new AppError('service.overloaded', 'It took too long.');
      },
    });
    let left = Array.from({ length: 64 }, (_, item) => item);
    for (let tries = 0; left.length > 1 && tries < 20; tries += 1) {
      const results = Promise.allSettled(left.map(add));
      await drain();
      const answers = await results;
      left = left.filter((_, index) => answers[index]?.status === 'rejected');
    }
    expect(left).toEqual([7]);
    expect(dragged.length).toBeLessThan(15);
  });

  test('refuses the item that would wait beyond the bound, and takes items again afterwards', async () => {
    const { gate, add, drain } = aGatedBatcher(2);
    const answers = Promise.all([1, 2, 3].map(add));
    const refused = await add(4).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AppError);
    expect(refused).toMatchObject({ code: 'service.overloaded' });
    gate.letGo();
    await settled();
    const late = add(5);
    const drained = drain();
    for (let left = 3; left > 0; left -= 1) {
      gate.letGo();
      await settled();
    }
    await drained;
    expect(await answers).toEqual(['1', '2', '3']);
    expect(await late).toBe('5');
  });

  test('tells beforehand whether so many items find room', async () => {
    const { gate, add, assertRoom } = aGatedBatcher(3);
    const answers = Promise.all([1, 2].map(add));
    expect(() => assertRoom(2)).not.toThrow();
    expect(() => assertRoom(3)).toThrow(expect.objectContaining({ code: 'service.overloaded' }));
    gate.letGo();
    await settled();
    gate.letGo();
    await answers;
    expect(() => assertRoom(3)).not.toThrow();
  });

  test('fails the items of a batch that does not answer each of them', async () => {
    const { add } = aBatcher({ run: async () => [] });
    const results = await Promise.allSettled([1, 2, 3].map(add));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  });

  test('drains what waits without waiting for its time', async () => {
    const { add, batches, drain } = aBatcher({ maxWaitMs: 60_000 });
    const answer = add(1);
    await drain();
    expect(batches).toEqual([[1]]);
    expect(await answer).toBe('1');
  });
});
