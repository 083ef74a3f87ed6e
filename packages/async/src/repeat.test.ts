import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MAX_DELAY_MS } from './back-off.js';
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

  describe('while its runs fail', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    /** Counts its runs, which fail while they are told to. */
    function aFailing(intervalMs: number) {
      const state = { runs: 0, errors: 0, isAway: true };
      const repeated = repeat({
        intervalMs: () => intervalMs,
        work: async () => {
          state.runs += 1;
          if (state.isAway) throw new Error('away');
        },
        onError: () => void (state.errors += 1),
      });
      return { state, repeated };
    }

    test('backs off up to five seconds, and is as frequent as before once one succeeds', async () => {
      const { state, repeated } = aFailing(100);
      await jest.advanceTimersByTimeAsync(60_000);
      // Without backing off: some 600.
      expect(state.runs).toBeGreaterThan(60_000 / MAX_DELAY_MS);
      expect(state.runs).toBeLessThan(30);
      expect(state.errors).toBe(state.runs);
      state.isAway = false;
      await jest.advanceTimersByTimeAsync(MAX_DELAY_MS);
      state.runs = 0;
      await jest.advanceTimersByTimeAsync(1_200);
      expect(state.runs).toBeGreaterThanOrEqual(9);
      await repeated.stop();
    });

    test('does not shorten an interval that is longer', async () => {
      const { state, repeated } = aFailing(60_000);
      await jest.advanceTimersByTimeAsync(600_000);
      expect(state.runs).toBeLessThanOrEqual(13);
      await repeated.stop();
    });

    test('does not let itself be triggered', async () => {
      const { state, repeated } = aFailing(60_000);
      while (state.runs === 0) await jest.advanceTimersByTimeAsync(1_000);
      for (let count = 0; count < 100; count += 1) {
        repeated.trigger();
        await jest.advanceTimersByTimeAsync(1);
      }
      expect(state.runs).toBe(1);
      await repeated.stop();
    });
  });
});
