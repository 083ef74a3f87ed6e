import { describe, expect, test } from '@jest/globals';
import {
  MAX_EXTRACTED_BYTES,
  MAX_EXTRACTED_DEPTH,
  MAX_REASON_CHARACTERS,
  validateAnswer,
} from './validate-answer.js';

const found = (extracted: unknown) => ({ kind: 'found', extracted, malice: 'Benign' });
const nested = (depth: number): unknown => (depth === 0 ? 'x' : { a: nested(depth - 1) });
const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

describe('validateAnswer', () => {
  test('passes what fits', () => {
    expect(validateAnswer(found({ a: [1, 'b', true, { c: 2 }] }))).toEqual(
      found({ a: [1, 'b', true, { c: 2 }] }),
    );
    expect(validateAnswer({ kind: 'not_found' })).toEqual({ kind: 'not_found' });
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['text', 'found'],
    ['an unknown kind', { kind: 'maybe' }],
    ['an unknown verdict', { ...found({}), malice: 'Evil' }],
    ['an array for an object', found([1])],
    ['a cycle', found(cyclic)],
    ['too deep', found(nested(MAX_EXTRACTED_DEPTH + 1))],
    ['too large', found({ a: 'x'.repeat(MAX_EXTRACTED_BYTES - 7) })],
  ])('refuses %s', (_name, answer) => {
    expect(validateAnswer(answer).kind).toBe('unavailable');
  });

  test('accepts the largest and the deepest', () => {
    expect(validateAnswer(found({ a: 'x'.repeat(MAX_EXTRACTED_BYTES - 8) })).kind).toBe('found');
    expect(validateAnswer(found(nested(MAX_EXTRACTED_DEPTH))).kind).toBe('found');
  });

  test('bounds and repairs the reason of having no answer', () => {
    const reasonFor = (reason: string) => validateAnswer({ kind: 'unavailable', reason });
    expect(reasonFor('no\0')).toEqual({ kind: 'unavailable', reason: 'no\uFFFD' });
    const kept = 'x'.repeat(MAX_REASON_CHARACTERS - 1);
    expect(reasonFor(`${kept}😀`)).toEqual({ kind: 'unavailable', reason: `${kept}\uFFFD` });
  });

  test('repairs what Postgres refuses and leaves out what says nothing', () => {
    const extracted = {
      'k\u0000': 'v\u0000\ud800',
      none: null,
      nan: NaN,
      big: 7n,
      call: () => 1,
      at: new Date(0),
    };
    expect(validateAnswer(found(extracted))).toEqual(
      found({ 'k\uFFFD': 'v\uFFFD\uFFFD', big: '7', at: '1970-01-01T00:00:00.000Z' }),
    );
  });
});
