import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { markNumbers, unmarkNumbers, withExactNumbers } from './exact-numbers.js';

const throughValue = (jsonText: string): string =>
  unmarkNumbers(JSON.stringify(JSON.parse(markNumbers(jsonText))));

/** Texts of numbers that JavaScript spells otherwise or cannot hold, beside what looks like them. */
const aNumber = fc.constantFrom('12345678901234567890', '1.50', '-0', '1e999', '2E+3', '0.1', '7');
const aText = fc.oneof(
  aNumber,
  fc.constantFrom('"', '\\', '\\"1.0', '\\ud8001.0', '-', '😀1.0', '['),
);

describe('numbers that are marked', () => {
  test('come out of a value as they went in, and texts too', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(aText, aText, aNumber)), (entries) => {
        const text = `[${entries
          .map(([key, value, number]) => [JSON.stringify(key), JSON.stringify(value), number])
          .map(([key, value, number]) => `{${key}:[${value},${number}],"n":${number}}`)
          .join()}]`;
        expect(throughValue(text)).toBe(text);
      }),
    );
  });

  test('are those alone that would change', () => {
    expect(markNumbers('[1,-2.5,1e21,"1.0",1.0]')).toBe(
      String.raw`[1,-2.5,"\ud8001e21","1.0","\ud8001.0"]`,
    );
  });
});

describe('withExactNumbers', () => {
  const read = (text: string) => withExactNumbers(text, JSON.parse(text));

  test('keeps the digits of numbers that would lose some', () => {
    expect(read('{"id":9007199254740993123,"n":7}')).toEqual({ id: '9007199254740993123', n: 7 });
    expect(read('[-9007199254740993123, 1.10]')).toEqual(['-9007199254740993123', '1.10']);
    expect(read('{"a": 8.0}')).toEqual({ a: '8.0' });
    expect(read('{"a": 1e21}')).toEqual({ a: '1e21' });
  });

  test('reads nothing again where every number is exact', () => {
    const parsed = { id: 42, text: '9007199254740993123 and 1.10' };
    expect(withExactNumbers(JSON.stringify(parsed), parsed)).toBe(parsed);
  });
});
