import { describe, expect, test } from '@jest/globals';
import { MAX_POINTER_CHARACTERS } from './limits.js';
import { childPointer, isCutPointer, toPointer } from './pointer.js';

describe('toPointer', () => {
  test('writes keys and indexes as RFC 6901 does', () => {
    expect(toPointer([])).toBe('');
    expect(toPointer(['a/b', 0, '~c', ''])).toBe('/a~1b/0/~0c/');
  });

  test('leaves out the steps for which there is no room, and shows it', () => {
    const longest = 'k'.repeat(MAX_POINTER_CHARACTERS - '/a/'.length);
    expect(toPointer(['a', longest])).toBe(`/a/${longest}`);
    expect(toPointer(['a', `${longest}k`])).toBe('/a/~…');
    expect(toPointer(['a', '~'.repeat(longest.length), 'b', 0])).toBe('/a/~…');
    expect(toPointer(['a', 'k'.repeat(1_000_000), 'b'])).toBe('/a/~…');
  });

  test('never takes a key for the mark of a cut', () => {
    expect(isCutPointer(toPointer(['a', '~…']))).toBe(false);
    expect(isCutPointer(childPointer('/a/~…', 'b'))).toBe(true);
  });
});
