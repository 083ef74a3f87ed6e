import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  findUnstorableText,
  jsonDepth,
  MAX_JSON_DEPTH,
  nestsDeeper,
  parseJson,
} from './parse-json.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  test('parses what JSON.parse parses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('accepts 64 levels and refuses 65 without parsing them', () => {
    expect(() => parseJson(bytes(nested(MAX_JSON_DEPTH)))).not.toThrow();
    const refused = expect.objectContaining({ code: 'request.too_large' }) as unknown as Error;
    expect(() => parseJson(bytes(nested(MAX_JSON_DEPTH + 1)))).toThrow(refused);
    expect(() => parseJson(bytes('['.repeat(1_000_000)))).toThrow(refused);
  });

  test('counts no brackets inside strings', () => {
    expect(jsonDepth(bytes(JSON.stringify({ a: `"\\${'['.repeat(100)}"` })), 64)).toBe(1);
  });

  test('depth is linear in the size', () => {
    const startedAt = performance.now();
    jsonDepth(bytes(`"${'\\"'.repeat(500_000)}"`), 64);
    expect(performance.now() - startedAt).toBeLessThan(200);
  });

  test.each([new Uint8Array([0x22, 0xc3, 0x22]), new Uint8Array(), bytes('{"a":}'), bytes('NaN')])(
    'refuses what is not UTF-8 or not JSON',
    (body) => {
      expect(() => parseJson(body)).toThrow(expect.objectContaining({ code: 'request.malformed' }));
    },
  );
});

describe('findUnstorableText', () => {
  test('points at NUL characters and lone surrogates, keys included', () => {
    const value = { ok: 'fine 😀', list: ['\u0000'], 'a/b~': { '\ud800': 1 } };
    expect(findUnstorableText(value).map(({ pointer }) => pointer)).toEqual([
      '/list/0',
      '/a~1b~0/\ud800',
    ]);
  });

  test('stops after 20 findings', () => {
    expect(findUnstorableText(Array(1_000).fill('\u0000'))).toHaveLength(20);
  });
});

describe('nestsDeeper', () => {
  test('tells a level too many, wherever it is, and looks no deeper', () => {
    const value = { a: 1, b: [null, { c: [] }] };
    expect([nestsDeeper(value, 4), nestsDeeper(value, 3)]).toEqual([false, true]);
    expect(nestsDeeper(JSON.parse(nested(1_000_000)), MAX_JSON_DEPTH)).toBe(true);
    expect(nestsDeeper('[[[[', 0)).toBe(false);
  });
});
