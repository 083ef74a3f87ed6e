import { describe, expect, test } from '@jest/globals';
import { MAX_KEYS } from '../../body/check-limits.js';
import { find, findWhole, MAX_VALUES_PER_PATH } from './find.js';
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
    expect(findWhole(rootOf({ a: ['x'] }), 'a')).toEqual([{ value: ['x'], pointer: '/a' }]);
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

  test('escapes pointers, ignores nulls and never reads inherited keys', () => {
    expect(found({ 'a/b~': 1 }, 'a/b~')).toEqual([[1, '/a~1b~0']]);
    expect(found({ a: null }, 'a')).toEqual([]);
    expect(found({}, 'constructor.name')).toEqual([]);
  });

  test('stops at its bound', () => {
    const many = Array.from({ length: MAX_VALUES_PER_PATH + 50 }, (_, index) => index);
    expect(found({ a: many }, 'a')).toHaveLength(MAX_VALUES_PER_PATH);
  });
});
