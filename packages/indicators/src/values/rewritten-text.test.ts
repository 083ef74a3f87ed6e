import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_TRACED_EDITS } from './limits.js';
import { refangRewritten } from './refang.js';
import { rewritten } from './rewritten-text.js';

const refanged = (original: string) => {
  const text = rewritten(original);
  refangRewritten(text);
  return text;
};

/** What stood in the original where the rewritten text says this. */
function spelling(original: string, value: string): string | undefined {
  const text = refanged(original);
  const at = text.text.indexOf(value);
  const span = at < 0 ? undefined : text.originalSpan([at, at + value.length]);
  return span && original.slice(...span);
}

describe('rewritten text', () => {
  test.each([
    ['to evil[.]com now', 'evil.com', 'evil[.]com'],
    ['evil[.]com, b[.]net', 'b.net', 'b[.]net'],
    ['hxxps[:]//a[.]com[/]x!', 'https://a.com/x', 'hxxps[:]//a[.]com[/]x'],
    ['mail bob [at] evil [dot] com.', 'bob@evil.com', 'bob [at] evil [dot] com'],
    ['plain.com', 'plain.com', 'plain.com'],
  ])('tells of %j that %j stood there as %j', (original, value, written) => {
    expect(spelling(original, value)).toBe(written);
  });

  test('traces so many replacements, and none behind them', () => {
    const dots = (count: number) => `${'a[.]'.repeat(count)}b evil[.]com`;
    expect(spelling(dots(MAX_TRACED_EDITS - 1), 'evil.com')).toBe('evil[.]com');
    expect(spelling(dots(MAX_TRACED_EDITS), 'evil.com')).toBeUndefined();
  });

  test('finds letters where they stood, whatever was replaced around them', () => {
    const piece = fc.constantFrom(
      '[.]',
      '(.',
      '.]',
      ' [at] ',
      'hxxp://',
      '[/]',
      'q',
      'z',
      ' ',
      '-dot-',
      '\\.',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(piece, { maxLength: 30 }),
        (before, after) => {
          const original = `${before.join('')} MARK ${after.join('')}`;
          expect(spelling(original, 'MARK')).toBe('MARK');
        },
      ),
    );
  });
});
