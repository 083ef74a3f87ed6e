import { expect, test } from '@jest/globals';
import { cutToBytes } from './cut-to-bytes.js';

test.each([
  ['', 4, ''],
  ['abcd', 4, 'abcd'],
  ['abcde', 4, 'abcd'],
  ['aéé', 4, 'aé'],
  ['a漢字', 4, 'a漢'],
  ['😀😀', 4, '😀'],
  ['a😀', 4, 'a'],
])('cutToBytes(%j, %d) is %j', (text, maxBytes, cut) => {
  expect(cutToBytes(text, maxBytes)).toBe(cut);
});
