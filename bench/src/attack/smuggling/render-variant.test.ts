import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ORDINARY } from './framings.js';
import { renderVariant } from './render-variant.js';
import { variants } from './variants.js';

const BODY_START = '\r\n\r\n';

describe('renderVariant', () => {
  test('writes what is smuggled into the body, where a request ends as it says', () => {
    const ordinary = fc.tuple(variants, fc.constantFrom(...ORDINARY)).map(([variant, framing]) => ({
      ...variant,
      framing,
      hasTail: true,
    }));
    fc.assert(
      fc.property(ordinary, (variant) => {
        const { parts, requestIds } = renderVariant(variant, 'attacker-0-1');
        const text = Buffer.concat(parts).toString('latin1');
        const rest = text.slice(text.indexOf(BODY_START) + BODY_START.length);
        const end = bodyEnd(text, rest);
        const expected = variant.inner === 'json' ? '"title"' : requestIds.inner;
        expect(rest.slice(0, end)).toContain(expected);
        expect(rest.slice(end)).toMatch(/^GET \/v1\/nothing/);
        expect(rest.slice(end)).toContain(requestIds.tail);
      }),
    );
  });

  test('repeats itself with the same seed, and not with another', () => {
    const drawn = (seed: number) =>
      fc.sample(variants, { seed, numRuns: 20 }).map((variant) => renderVariant(variant, 'm'));
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });
});

/** Where a body of one length, or of one chunk and the last chunk, ends. */
function bodyEnd(text: string, rest: string): number {
  const length = /^Content-Length: (\d+)\r$/m.exec(text.slice(0, text.length - rest.length))?.[1];
  if (length !== undefined) return Number(length);
  const size = /^([\da-f]+)\r\n/.exec(rest)?.[1] ?? '';
  return size.length + 2 + Number.parseInt(size, 16) + '\r\n0\r\n\r\n'.length;
}
