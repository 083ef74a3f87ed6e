import { describe, expect, jest, test } from '@jest/globals';
import { remembered } from './remembered.js';

describe('remembered', () => {
  const countLetters = (text: string) => ({ letters: text.length });

  test('answers a text once', () => {
    const work = jest.fn(countLetters);
    const answer = remembered(work, { maxTexts: 2, maxCharacters: 3 });
    expect(answer('abc')).toBe(answer('abc'));
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('keeps no answer for a longer text', () => {
    const answer = remembered(countLetters, { maxTexts: 2, maxCharacters: 3 });
    expect(answer('abcd')).toEqual({ letters: 4 });
    expect(answer('abcd')).not.toBe(answer('abcd'));
  });

  test('starts over when it is full', () => {
    const answer = remembered(countLetters, { maxTexts: 2, maxCharacters: 3 });
    const first = answer('a');
    answer('b');
    expect(answer('a')).toBe(first);
    answer('c');
    expect(answer('a')).not.toBe(first);
  });
});
