import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createSlices, createTurns } from './take-turns.js';

/** Reading of the clock; work advances it. */
let nowMs = 0;
beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Items that take some time each, and record when they are made. */
function* working(name: string, items: number, msEach: number, said: string[]): Generator<string> {
  for (let item = 0; item < items; item += 1) {
    nowMs += msEach;
    said.push(`${name}${item}`);
    yield `${name}${item}`;
  }
}

describe('work in slices', () => {
  test.each([
    ['a millisecond at least', 0, 1],
    ['as long as the others took', 30, 30],
    ['a tenth of a second at most', 500, 100],
  ])('lets others in after %s', async (_, othersMs, sliceMs) => {
    const said: string[] = [];
    const pending = createSlices()(working('a', 301, 1, said));
    const lengths: number[] = [];
    for (let before = said.length; said.length < 301; before = said.length) {
      nowMs += othersMs;
      await nextTurn();
      lengths.push(said.length - before);
    }
    await expect(pending).resolves.toEqual(said);
    expect(new Set(lengths)).toEqual(new Set([sliceMs]));
  });
});

describe('work in turns', () => {
  test('is done one after the other, even when one fails', async () => {
    const inTurn = createTurns(3);
    const said: string[] = [];
    const results = await Promise.allSettled([
      inTurn(async (inSlices) => await inSlices(working('a', 3, 9, said))),
      inTurn(async (inSlices) => {
        await inSlices(working('b', 1, 9, said));
        throw new Error('bad');
      }),
      inTurn(async (inSlices) => await inSlices(working('c', 2, 9, said))),
    ]);
    expect(said).toEqual(['a0', 'a1', 'a2', 'b0', 'c0', 'c1']);
    expect(results).toEqual([
      { status: 'fulfilled', value: ['a0', 'a1', 'a2'] },
      expect.objectContaining({ status: 'rejected' }),
      { status: 'fulfilled', value: ['c0', 'c1'] },
    ]);
  });

  test('is refused when too much waits, and taken again afterwards', async () => {
    const inTurn = createTurns(2);
    let finish = (): void => undefined;
    const first = inTurn(async () => await new Promise<void>((resolve) => (finish = resolve)));
    await nextTurn();
    const waiting = [inTurn(nextTurn), inTurn(nextTurn)];
    await expect(inTurn(nextTurn)).rejects.toMatchObject({
      code: 'service.overloaded',
    });
    finish();
    await Promise.all([first, ...waiting]);
    await expect(inTurn(async () => await Promise.resolve('taken'))).resolves.toBe('taken');
  });
});
