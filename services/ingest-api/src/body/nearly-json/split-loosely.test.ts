import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitLoosely } from './split-loosely.js';

const split = (text: string, isList: boolean): string[] =>
  splitLoosely(text, isList ? 1 : 0, isList).pieces.map(({ start, end }) =>
    text.slice(start, end).trim(),
  );

describe('splitLoosely', () => {
  test.each([
    ['{"a":1}{"a":2}', ['{"a":1}', '{"a":2}']],
    ['{"a":1},\n{"a":2}\n', ['{"a":1}', '{"a":2}']],
    ['{"a":say "x"}\n{"b":2}', ['{"a":say "x"}', '{"b":2}']],
    ['{"a":"open}\n{"a":2}', ['{"a":"open}', '{"a":2}']],
    ['{"a":1}\noops\n{"a":2}', ['{"a":1}', 'oops', '{"a":2}']],
    ['{"a":1}\x1e{"a":2}', ['{"a":1}', '{"a":2}']],
    ['{"t":"say "hi"","list":[{"t":1},{"t":2},{"t":3}]}', undefined],
  ])('finds what stands back to back in %p', (text, pieces) => {
    expect(split(text, false)).toEqual(pieces ?? [text]);
  });

  test.each([
    ['[{"a":"5" disk"},{"a":2}]', ['{"a":"5" disk"},', '{"a":2}']],
    ['[{"a":1},{"a":{"b":1},{"a":3}]', ['{"a":1}', '{"a":{"b":1},', '{"a":3}']],
    ['[{"a":1},{"a":2},{"a', ['{"a":1}', '{"a":2}', '{"a']],
    ['[{"a":x y},{"b":{"c":1}},{"d":1}]', ['{"a":x y},', '{"b":{"c":1}}', '{"d":1}']],
  ])('finds the siblings of a broken element in %p', (text, pieces) => {
    expect(split(text, true)).toEqual(pieces);
  });

  test('loses no character but what stands between values', () => {
    const text = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', 'a', '\n', '{"a":1}'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, fc.boolean(), (soup, isList) => {
        let rest = soup;
        for (const { start, end } of splitLoosely(soup, 0, isList).pieces.reverse()) {
          rest = rest.slice(0, start) + rest.slice(end);
        }
        expect(rest).toMatch(/^[\s,}\]]*$/);
      }),
    );
  });

  test.each([
    ['brackets that stay open', `${'{"a":"x" y},'.repeat(100)}${'{"a":{"b":[ '.repeat(20_000)}`],
    ['elements that all lack a bracket', '{"a":{"b":1},'.repeat(5_000)],
    ['blanks', `{"a":x y}${' '.repeat(20_000)},{`.repeat(5)],
    ['quotes', '{"a":"b},{"a":'.repeat(5_000)],
  ])('gives up looking for siblings before it costs more than some passes: %s', (_, text) => {
    expect(splitLoosely(text, 0, true).steps).toBeLessThan(12 * text.length);
  });
});
