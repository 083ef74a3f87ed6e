import { describe, expect, test } from '@jest/globals';
import { type Expected, expectedLooks, type Seen, waysOf } from './choose-way.js';

/** A million alerts of which one in a hundred should match, and as many of the first two thousand did. */
const EXPECTED: Expected = {
  inSpan: 1_000_000,
  matching: 10_000,
  barren: 0,
  gatherCost: 40_000,
  elsewhere: 0,
  isByCategory: false,
  isByReceipt: true,
};
const SEEN: Seen = { looked: 2_000, matched: 20, missing: 31 };

const cheapest = (expected: Partial<Expected>, seen: Partial<Seen> = {}): string | undefined =>
  waysOf({ ...EXPECTED, ...expected }, { ...SEEN, ...seen })[0]?.way;

describe('the way to the rest of a page', () => {
  test('is along the list where many match', () => {
    expect(cheapest({})).toBe('walk');
    expect(expectedLooks(EXPECTED, SEEN)).toBeGreaterThan(2_500);
    expect(expectedLooks(EXPECTED, SEEN)).toBeLessThan(3_500);
  });

  test('gathers where few match', () => {
    expect(cheapest({ matching: 50, gatherCost: 300 }, { matched: 0, missing: 51 })).toBe('gather');
  });

  test('reads the newest days where that is cheaper than either', () => {
    const some = { matching: 1_000, gatherCost: 80_000, elsewhere: 0.1 };
    const wayOf = (newestDaysCost: number): string | undefined =>
      waysOf({ ...EXPECTED, ...some }, { ...SEEN, matched: 2 }, newestDaysCost)[0]?.way;
    expect(wayOf(10_000)).toBe('newest days');
    expect(wayOf(1_000_000)).toBe('walk');
  });

  test('does not believe that many match where none was seen', () => {
    expect(cheapest({}, { matched: 0, missing: 51 })).toBe('gather');
    const isByCategory = true;
    expect(cheapest({ gatherCost: 400_000, isByCategory }, { matched: 0, missing: 51 })).toBe(
      'categories',
    );
  });

  test('does not believe that few match where many were seen', () => {
    expect(cheapest({ matching: 1_000, gatherCost: 5_000 }, { matched: 45, missing: 6 })).toBe(
      'walk',
    );
  });

  test('knows that a barren beginning says nothing of the rest', () => {
    const none = { matched: 0, missing: 51 };
    const after = { barren: 11_000, matching: 900_000, gatherCost: 3_000_000, isByReceipt: false };
    expect(cheapest({ ...after, isByCategory: true }, none)).toBe('walk');
    expect(expectedLooks({ ...EXPECTED, ...after }, { ...SEEN, ...none })).toBeLessThan(11_100);
  });

  test('never looks at more alerts than there are', () => {
    expect(
      expectedLooks({ ...EXPECTED, matching: 0 }, { ...SEEN, matched: 0 }),
    ).toBeLessThanOrEqual(1_000_000);
  });
});
