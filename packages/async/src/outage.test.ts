import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createOutage, MAX_QUIET_MS, MIN_QUIET_MS } from './outage.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const away = new Error('away');

function setUp() {
  const told: unknown[] = [];
  const outage = createOutage({
    onLost: (error, part) => told.push(['lost', part, error]),
    onBack: ({ durationMs, failures }) => told.push(['back', durationMs, failures]),
  });
  return { told, outage };
}

describe('createOutage', () => {
  test('tells of the loss once, and of the return with its duration', () => {
    const { told, outage } = setUp();
    for (let poll = 0; poll < 20; poll += 1) {
      outage.failed('statements', away);
      jest.advanceTimersByTime(500);
    }
    expect(told).toEqual([['lost', 'statements', away]]);
    expect(outage.isLost()).toBe(true);
    outage.works('statements');
    jest.advanceTimersByTime(MIN_QUIET_MS - 1);
    expect(told).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(told).toEqual([
      ['lost', 'statements', away],
      ['back', 10_000, 20],
    ]);
    expect(outage.isLost()).toBe(false);
  });

  test('says nothing of what was never lost', () => {
    const { told, outage } = setUp();
    outage.works('statements');
    jest.advanceTimersByTime(2 * MIN_QUIET_MS);
    expect(told).toEqual([]);
  });

  test('is back when every part works', () => {
    const { told, outage } = setUp();
    outage.failed('publishing', away);
    outage.failed('consuming', away);
    outage.works('publishing');
    jest.advanceTimersByTime(2 * MIN_QUIET_MS);
    expect(told).toEqual([['lost', 'publishing', away]]);
    outage.works('consuming');
    jest.advanceTimersByTime(MIN_QUIET_MS);
    expect(told).toHaveLength(2);
  });

  test('is not back when it fails again at once', () => {
    const { told, outage } = setUp();
    outage.failed('statements', away);
    for (let turn = 0; turn < 100; turn += 1) {
      outage.works('statements');
      jest.advanceTimersByTime(MIN_QUIET_MS - 1);
      outage.failed('statements', away);
    }
    jest.advanceTimersByTime(10 * MIN_QUIET_MS);
    expect(told).toEqual([['lost', 'statements', away]]);
  });

  test('counts the quiet time from the first sign of life', () => {
    const { told, outage } = setUp();
    outage.failed('statements', away);
    outage.works('statements');
    jest.advanceTimersByTime(MIN_QUIET_MS / 2);
    outage.works('statements');
    jest.advanceTimersByTime(MIN_QUIET_MS / 2);
    expect(told).toHaveLength(2);
  });

  test('tells less and less of what comes and goes', () => {
    const { told, outage } = setUp();
    const HOUR_MS = 3_600_000;
    const FLAP_MS = 2_000;
    for (let ms = 0; ms < HOUR_MS; ms += FLAP_MS) {
      outage.failed('statements', away);
      outage.works('statements');
      jest.advanceTimersByTime(FLAP_MS);
    }
    // Lost and back a few times; then it would have to stay longer than it does.
    expect(told.length).toBeLessThan(8);
    outage.works('statements');
    jest.advanceTimersByTime(MAX_QUIET_MS);
    expect(outage.isLost()).toBe(false);
  });

  test('forgets its relapses after a long time without one', () => {
    const { told, outage } = setUp();
    const loseAndReturn = (afterMs: number) => {
      jest.advanceTimersByTime(afterMs);
      told.length = 0;
      outage.failed('statements', away);
      outage.works('statements');
      jest.advanceTimersByTime(MIN_QUIET_MS);
      return told.length;
    };
    expect(loseAndReturn(0)).toBe(2);
    expect(loseAndReturn(0)).toBe(1);
    expect(loseAndReturn(100 * MAX_QUIET_MS)).toBe(2);
  });
});
