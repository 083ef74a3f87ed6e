import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTurns } from './take-turns.js';

/** What the clock shows; work moves it on. */
let nowMs = 0;
beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Items that take some time each, and say when they are made. */
function* working(name: string, items: number, msEach: number, said: string[]): Generator<string> {
  for (let item = 0; item < items; item += 1) {
    nowMs += msEach;
    said.push(`${name}${item}`);
    yield `${name}${item}`;
  }
}

describe('work in turns', () => {
  test('comes out in order, of one after the other, even when one fails', async () => {
    const inTurn = createTurns();
    const said: string[] = [];
    const failing = function* (): Generator<string> {
      yield* working('b', 1, 9, said);
      throw new Error('bad');
    };
    const results = await Promise.allSettled([
      inTurn(working('a', 3, 9, said)),
      inTurn(failing()),
      inTurn(working('c', 2, 9, said)),
    ]);
    expect(said).toEqual(['a0', 'a1', 'a2', 'b0', 'c0', 'c1']);
    expect(results).toEqual([
      { status: 'fulfilled', value: ['a0', 'a1', 'a2'] },
      expect.objectContaining({ status: 'rejected' }),
      { status: 'fulfilled', value: ['c0', 'c1'] },
    ]);
  });

  test.each([
    ['five milliseconds at least', 0, 5],
    ['as long as the others took', 30, 30],
    ['a tenth of a second at most', 500, 100],
  ])('lets others in after %s', async (_, othersMs, sliceMs) => {
    const inTurn = createTurns();
    const said: string[] = [];
    const pending = inTurn(working('a', 300, 1, said));
    const lengths: number[] = [];
    for (let before = 0; said.length < 300; before = said.length) {
      nowMs += othersMs;
      await nextTurn();
      lengths.push(said.length - before);
    }
    await pending;
    expect(lengths.slice(1, -1).every((length) => length === sliceMs)).toBe(true);
    expect(lengths.length).toBeGreaterThan(2);
  });
});
