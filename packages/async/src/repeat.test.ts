import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { repeat } from './repeat.js';

const block = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('repeat', () => {
  test('does not work twice at a time when the timer overtakes a trigger', async () => {
    let underWay = 0;
    let most = 0;
    const repeated = repeat({
      intervalMs: () => 1,
      async work() {
        most = Math.max(most, ++underWay);
        await nextTurn();
        await nextTurn();
        underWay -= 1;
      },
      onError: (error) => {
        throw error;
      },
    });
    // Timers come next on this turn of the event loop, then what was asked for at once.
    await nextTurn();
    repeated.trigger();
    block(5);
    while (most === 0) await nextTurn();
    await nextTurn();
    await repeated.stop();
    expect(most).toBe(1);
  });

  test('does not begin after it was stopped', async () => {
    let runs = 0;
    const repeated = repeat({
      intervalMs: () => 60_000,
      work: async () => void (runs += 1),
      onError: () => undefined,
    });
    repeated.trigger();
    await repeated.stop();
    await nextTurn();
    await nextTurn();
    expect(runs).toBe(0);
  });

  test('works again right after a run during which it was triggered', async () => {
    let runs = 0;
    const repeated = repeat({
      intervalMs: () => 60_000,
      async work() {
        runs += 1;
        if (runs === 1) repeated.trigger();
        await nextTurn();
      },
      onError: () => undefined,
    });
    repeated.trigger();
    while (runs < 2) await nextTurn();
    await repeated.stop();
    expect(runs).toBe(2);
  });
});
