import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitArray } from './split-array.js';

describe('splitArray', () => {
  test('splits what JSON can say, in any layout, into texts of its elements', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 20 }),
        fc.constantFrom(0, 2),
        (list, space) => {
          const text = JSON.stringify(list, null, space);
          const elements = splitArray(text) ?? [];
          expect(
            elements.map((element) => text.slice(element.start).startsWith(element.text)),
          ).not.toContain(false);
          expect(elements.map((element) => JSON.parse(element.text) as unknown)).toEqual(
            JSON.parse(JSON.stringify(list)),
          );
        },
      ),
    );
  });

  test.each(['[', '[1', '[1}', '["a]', '[1] 2', '[[1]'])('finds no array in %p', (text) => {
    expect(splitArray(text)).toBeUndefined();
  });

  test('leaves empty places to be found by the parser', () => {
    expect(splitArray('[1,,2]')?.map(({ text }) => text)).toEqual(['1', '', '2']);
    expect(splitArray('[ ]')).toEqual([]);
  });
});
