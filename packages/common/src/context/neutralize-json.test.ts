import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { neutralize } from './neutralize.js';
import { neutralizeJson } from './neutralize-json.js';

const parsed = (json: string): unknown => JSON.parse(neutralizeJson(json).json);

/** A value with `neutralize` applied to all its texts, and its keys where they stay apart. */
function neutralValue(value: unknown): unknown {
  if (typeof value === 'string') return neutralize(value).text;
  if (Array.isArray(value)) return value.map(neutralValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [neutralize(key).text, neutralValue(inner)]),
  );
}

describe('neutralizeJson', () => {
  test.each([
    '{"a":1.0,"b":12345678901234567890,"c":[1e3,-0.0]}',
    ' { "a" : "C:\\\\users\\\\bob" , "a":"twice" } ',
    '{"caf\\u00e9":"\\u0041 \\ud83d\\ude00"}',
    '{"emoji":"❤️ 👩‍🚀"}',
  ])('leaves text as it stands where nothing is hidden: %s', (json) => {
    expect(neutralizeJson(json)).toEqual({ json, madeVisibleCount: 0 });
  });

  test('shows what stands in keys and values, as it is or as an escape', () => {
    const json = '{"k\u200b":["a\u202eb","a\\u202eb","\\udb40\\udc41","\\b\\f\\u0000"],"n":1.50}';
    expect(neutralizeJson(json)).toEqual({
      json: '{"k\\\\u{200b}":["a\\\\u{202e}b","a\\\\u{202e}b","\\\\u{e0041}","\\\\u{8}\\\\u{c}\\\\u{0}"],"n":1.50}',
      madeVisibleCount: 7,
    });
  });

  test('keeps keys apart that would be shown alike, and leaves a key that was sent twice', () => {
    const json =
      '{"a\u200b":1,"a\\\\u{200b}":2,"a\\\\u{200b} (2)":3,"b":4,"b":5,"inner":{"a\u200b":6}}';
    expect(parsed(json)).toEqual({
      'a\\u{200b}': 1,
      'a\\u{200b} (2)': 2,
      'a\\u{200b} (2) (2)': 3,
      b: 5,
      inner: { 'a\\u{200b}': 6 },
    });
    expect(neutralizeJson(json).json).toContain('"b":4,"b":5');
  });

  test('keeps 10,000 such keys apart', () => {
    const spellings = Array.from({ length: 10_000 }, (_, index) =>
      index.toString(2).padStart(14, '0').replaceAll('0', '\u200b').replaceAll('1', '\\u{200b}'),
    );
    const json = JSON.stringify(Object.fromEntries(spellings.map((key, index) => [key, index])));
    const entries = Object.entries(parsed(json) as Record<string, number>);
    expect(entries.map(([, index]) => index)).toEqual(spellings.map((_, index) => index));
  });

  test('says of any value what neutralize says of its texts', () => {
    const aText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('\u200b', '\\', '"', '\\u202e', '{', '}', ':', '\0', '\b', 'x\u202e": {"'),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        aText,
        fc.integer(),
        fc.constantFrom(null, true),
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .uniqueArray(fc.tuple(aText, tie('value')), {
            maxLength: 4,
            selector: ([key]) => neutralize(key).text,
          })
          .map((entries) => Object.fromEntries(entries) as unknown),
      ),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (any, space) => {
        const once = neutralizeJson(JSON.stringify(any, null, space));
        expect(JSON.parse(once.json)).toEqual(neutralValue(any));
        expect(neutralizeJson(once.json)).toEqual({ json: once.json, madeVisibleCount: 0 });
      }),
    );
  });
});
