import { expect, test } from '@jest/globals';
import { createTokenBucket } from './token-bucket.js';

const clock = () => {
  const state = { ms: 0 };
  return { state, now: () => state.ms };
};

test('gives its burst at once, and then one token for each that it regains', () => {
  const { state, now } = clock();
  const bucket = createTokenBucket({ burst: 2, refillPerSecond: 1 }, now);
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false]);
  expect(bucket.waitMs()).toBe(1_000);
  state.ms = 1_000;
  expect(bucket.waitMs()).toBe(0);
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
});

test('never holds more than its burst', () => {
  const { state, now } = clock();
  const bucket = createTokenBucket({ burst: 1, refillPerSecond: 10 }, now);
  state.ms = 60_000;
  bucket.giveBack();
  expect([bucket.take(), bucket.take()]).toEqual([true, false]);
});

test('regains nothing when the clock goes back', () => {
  const { state, now } = clock();
  state.ms = 5_000;
  const bucket = createTokenBucket({ burst: 1, refillPerSecond: 1 }, now);
  bucket.take();
  state.ms = 0;
  expect(bucket.take()).toBe(false);
});
