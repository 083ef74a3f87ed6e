import { describe, expect, test } from '@jest/globals';
import { settleWithin } from './settle-within.js';

describe('settleWithin', () => {
  test('waits for all when they are in time', async () => {
    const later = new Promise<{ n: number }>((resolve) => setImmediate(() => resolve({ n: 2 })));
    expect(await settleWithin([Promise.resolve({ n: 1 }), later], 60_000)).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
  });

  test('leaves out who is late, and does not change its mind afterwards', async () => {
    let resolveLate: (value: { n: number }) => void = () => undefined;
    const late = new Promise<{ n: number }>((resolve) => {
      resolveLate = resolve;
    });
    const values = await settleWithin([late, Promise.resolve({ n: 1 })], 5);
    expect(values).toEqual([undefined, { n: 1 }]);
    resolveLate({ n: 2 });
    await late;
    expect(values[0]).toBeUndefined();
  });

  test('has nothing to wait for without promises', async () => {
    expect(await settleWithin([], 60_000)).toEqual([]);
  });
});
