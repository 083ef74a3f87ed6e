import { createVisitBudget } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { MAX_KEYS } from '../../body/check-limits.js';
import { find, findWhole, MAX_VALUES_PER_PATH, MAX_VISITS_PER_PATH } from './find.js';
import { rootOf } from './located.js';

const found = (payload: unknown, path: string) =>
  find(rootOf(payload), path).map(({ value, pointer }) => [value, pointer]);

describe('find', () => {
  test.each<[unknown, string]>([
    [{ a: { b: { c: 1 } } }, '/a/b/c'],
    [{ 'a.b.c': 1 }, '/a.b.c'],
    [{ 'a.b': { c: 1 } }, '/a.b/c'],
    [{ a: { 'b.c': 1 } }, '/a/b.c'],
    [{ A: { B: { C: 1 } } }, '/A/B/C'],
    [{ a: [{ b: { c: 1 } }] }, '/a/0/b/c'],
  ])('reaches a value in %j', (payload, pointer) => {
    expect(found(payload, 'a.b.c')).toEqual([[1, pointer]]);
  });

  test('goes through lists at the end, and keeps them whole when asked', () => {
    expect(found({ a: ['x', 'y'] }, 'a')).toEqual([
      ['x', '/a/0'],
      ['y', '/a/1'],
    ]);
    expect(findWhole(rootOf({ a: ['x'] }), 'a')).toMatchObject([{ value: ['x'], pointer: '/a' }]);
  });

  test('leaves JSON text as it is that breaks the limits of an alert', () => {
    const withKeys = (count: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, key) => [`k${key}`, 1])));
    const read = (text: string) => find(rootOf({ text }), 'text.k0').length;
    expect(read(withKeys(MAX_KEYS))).toBe(1);
    expect(read(withKeys(MAX_KEYS + 1))).toBe(0);
  });

  test('reads JSON text on its way and points to the text', () => {
    expect(found({ a: '{"b":{"c":1}}' }, 'a.b.c')).toEqual([[1, '/a']]);
  });

  test('parses a JSON text once for all paths, at the cost of its length', () => {
    const root = rootOf({ a: JSON.stringify({ b: 1, c: 2, filler: 'x'.repeat(32_000) }) });
    expect(find(root, 'a.b')).toHaveLength(1);
    const { spent } = root.reading.budget;
    expect(spent).toBeGreaterThan(1_000);
    expect(find(root, 'a.c')).toHaveLength(1);
    expect(root.reading.budget.spent).toBeLessThan(spent + 10);
  });

  test('leaves JSON text that the budget does not reach for', () => {
    const root = rootOf({ a: JSON.stringify({ b: 'x'.repeat(3_200) }) }, createVisitBudget(100));
    expect(find(root, 'a.b')).toEqual([]);
    expect(root.reading.budget.isCut).toBe(true);
  });

  test('escapes pointers, ignores nulls and never reads inherited keys', () => {
    expect(found({ 'a/b~': 1 }, 'a/b~')).toEqual([[1, '/a~1b~0']]);
    expect(found({ a: null }, 'a')).toEqual([]);
    expect(found({}, 'constructor.name')).toEqual([]);
  });

  test('stops at its bound', () => {
    const many = Array.from({ length: MAX_VALUES_PER_PATH + 50 }, (_, index) => index);
    expect(found({ a: many }, 'a')).toHaveLength(MAX_VALUES_PER_PATH);
  });

  test('looks at so many values for one path, and no more', () => {
    const outcome = (lists: number) => {
      const root = rootOf({ a: Array.from({ length: lists }, () => Array<number>(100).fill(1)) });
      expect(find(root, 'a.b')).toEqual([]);
      return root.reading.budget;
    };
    // The root and the outer list, then each list with its entries.
    const lists = Math.floor((MAX_VISITS_PER_PATH - 2) / 101);
    expect(outcome(lists)).toMatchObject({ isCut: false, spent: 2 + lists * 101 });
    expect(outcome(lists + 1)).toMatchObject({ isCut: true, spent: MAX_VISITS_PER_PATH });
  });

  test('looks at so many values for all paths of a reading, and no more', () => {
    const root = rootOf({ a: Array(98).fill(1), b: 'x' }, createVisitBudget(202));
    for (const path of ['a.b', 'a.c']) expect(find(root, path)).toEqual([]);
    expect(root.reading.budget).toMatchObject({ isCut: false, spent: 200 });
    expect(find(root, 'b')).toHaveLength(1);
    expect(find(root, 'b')).toEqual([]);
    expect(root.reading.budget).toMatchObject({ isCut: true, spent: 202 });
  });
});
