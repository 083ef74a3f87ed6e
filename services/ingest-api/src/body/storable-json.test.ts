import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { storableText } from '@calseta/common';
import { storableJson } from './storable-json.js';

/** Parts of escapes, and texts that look like escapes. */
const aText = fc
  .array(fc.constantFrom('\0', '\ud83d', '\ude00', '😀', '\\', '\\u0000', '"', 'u0000', 'é', '\n'))
  .map((pieces) => pieces.join(''));

describe('storableJson', () => {
  test('replaces in keys and values exactly what cannot be stored', () => {
    fc.assert(
      fc.property(aText, aText, (key, value) => {
        const { text } = storableJson(JSON.stringify([{ [key]: value }, JSON.stringify(value)]));
        expect(JSON.parse(text)).toEqual([
          { [storableText(key)]: storableText(value) },
          JSON.stringify(value),
        ]);
      }),
    );
  });

  test('leaves numbers, blanks and other escapes as they were sent', () => {
    const sent = String.raw`{ "a": 1.50, "n":12345678901234567890, "k": "\u00e9\uD83D\uDE00\u0000" }`;
    expect(storableJson(sent)).toEqual({
      text: sent.replace(String.raw`\u0000`, '\uFFFD'),
      replaced: 1,
    });
  });
});
