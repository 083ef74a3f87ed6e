import { describe, expect, test } from '@jest/globals';
import { median, percentiles, steadyRate } from './statistics.js';

describe('median', () => {
  test('is the middle of an odd number of values and between the middles of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('percentiles', () => {
  test('are values that were measured, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentiles(values)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
    expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
  });
});

test('steadyRate leaves out the first fifth', () => {
  const slow = [0, 1_000];
  const fast = Array.from({ length: 8 }, (_, index) => 2_000 + index * 10);
  expect(steadyRate([...fast, ...slow])).toBe(100);
});
