import { describe, expect, test } from '@jest/globals';
import { isStorableText, storableText } from './storable-text.js';

describe('storableText', () => {
  test.each([
    ['a\0b', 'a\uFFFDb'],
    ['\ud800', '\uFFFD'],
    ['\udc00\ud800', '\uFFFD\uFFFD'],
    ['😀'.slice(0, 1), '\uFFFD'],
  ])('replaces what PostgreSQL refuses in %j', (text, storable) => {
    expect(isStorableText(text)).toBe(false);
    expect(storableText(text)).toBe(storable);
    expect(isStorableText(storable)).toBe(true);
  });

  test.each(['', 'plain', '😀 é', '\u0001\u200b\uFFFD'])('leaves %j as it is', (text) => {
    expect(isStorableText(text)).toBe(true);
    expect(storableText(text)).toBe(text);
  });
});
