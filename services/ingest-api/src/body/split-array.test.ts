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
          const elements = splitArray(JSON.stringify(list, null, space));
          expect(elements.map((element) => JSON.parse(element) as unknown)).toEqual(
            JSON.parse(JSON.stringify(list)),
          );
        },
      ),
    );
  });

  test.each(['[', '[1', '[1}', '["a]', '[1] 2', '[[1]'])('refuses %p', (text) => {
    expect(() => splitArray(text)).toThrow('not valid JSON');
  });

  test('leaves empty places to be found by the parser', () => {
    expect(splitArray('[1,,2]')).toEqual(['1', '', '2']);
    expect(splitArray('[ ]')).toEqual([]);
  });
});
