import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintOf, steadyPayload } from './fingerprint.js';

describe('fingerprintOf', () => {
  test('does not depend on volatile leaves and on the order of keys', () => {
    const one = { share: 'hr', count: 1, result: { _time: '1764324000', user: 'a' } };
    const other = { result: { user: 'a', _time: '1764324900' }, count: 2, share: 'hr' };
    expect(fingerprintOf(one)).toBe(fingerprintOf(other));
    expect(fingerprintOf({ ...one, share: 'legal' })).not.toBe(fingerprintOf(one));
    expect(fingerprintOf({ counts: [1, 2] })).toBe(fingerprintOf({ counts: [2, 3] }));
  });

  test('tells shapes apart that hold the same texts', () => {
    const shapes = [{ a: 'x' }, { a: ['x'] }, { a: { x: 1 } }, ['a', 'x'], { a: 'x', b: null }, { a: '5' }, { a: 5 }];
    expect(new Set(shapes.map(fingerprintOf)).size).toBe(shapes.length);
  }); // prettier-ignore

  test('differs whenever a leaf of what happened does', () => {
    const text = fc.string({ minLength: 1, maxLength: 12 });
    const body = fc.dictionary(fc.constantFrom('host', 'object', 'who', 'message'), text);
    fc.assert(
      fc.property(body, body, (one, other) => {
        const isEqual = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(fingerprintOf(one) === fingerprintOf(other)).toBe(isEqual);
      }),
    );
  });

  test('rewrites the texts that it is told to', () => {
    const rewritten = new Map([['5 times', '~']]);
    expect(steadyPayload({ a: '5 times', b: 'x' }, rewritten)).toBe('{"1"a:"1"~,"1"b:"1"x,}');
  });
});

const sorted = (object: Record<string, string>) => Object.entries(object).sort();
