import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { repairText } from './repair-text.js';

const repaired = (text: string): unknown => {
  const result = repairText(text);
  return result.kind === 'repaired' ? JSON.parse(result.text) : `${result.at}: ${result.expected}`;
};
const kindsOf = (text: string): string[] => {
  const result = repairText(text);
  return result.kind === 'repaired' ? [...result.repairs.keys()] : [];
};

describe('repairText', () => {
  test.each<[string, unknown, string[]]>([
    ['{"a":1,}', { a: 1 }, ['comma']],
    ['{"a":[1,2,],,"b":3}', { a: [1, 2], b: 3 }, ['comma']],
    ['{"a":[1,,],"b":2,,}', { a: [1], b: 2 }, ['comma']],
    ['{"a":"x\ny\tz"}', { a: 'x\ny\tz' }, ['control']],
    [String.raw`{"a":"p\ c \u00e \"q\""}`, { a: '\\p\\ c'.slice(1) + ' \\u00e "q"' }, ['escape']],
    [
      '{"a":NaN,"b":-Infinity,"c":None,"d":True}',
      { a: null, b: null, c: null, d: true },
      ['constant'],
    ],
    ['{"a":,"b":}', { a: null, b: null }, ['empty']],
    ["{'a':'say \"hi\"','b':'it\\'s'}", { a: 'say "hi"', b: "it's" }, ['quote']],
    ['{“a”:“b”}', { a: 'b' }, ['quote']],
    ['{a:1,b_2:"x"}', { a: 1, b_2: 'x' }, ['key']],
    ['{"a":high,"b":10.0.0.5,"c":007}', { a: 'high', b: '10.0.0.5', c: '007' }, ['word']],
    ['{"a":1, // one\n/* two */"b":2}', { a: 1, b: 2 }, ['comment']],
    ['[{"a":1}{"a":2}]', [{ a: 1 }, { a: 2 }], ['missingComma']],
    ['{"a":1\n"b":2}', { a: 1, b: 2 }, ['missingComma']],
    ['{"a":1}}]', { a: 1 }, ['bracket']],
    ['{\u00a0"a":\ufeff1}', { a: 1 }, ['blank']],
    [
      String.raw`{"a":"C:\Users\bob\new.exe -x\n C:\temp\x"}`,
      { a: 'C:\\Users\\bob\\new.exe -x\n C:\\temp\\x' },
      ['escape'],
    ],
    [
      String.raw`{"a":"C:\\temp\new C:\new","b":"\ "}`,
      { a: 'C:\\temp\new C:\new', b: '\\ ' },
      ['escape'],
    ],
  ])('reads %p', (text, value, kinds) => {
    expect(repaired(text)).toEqual(value);
    expect(kindsOf(text)).toEqual(kinds);
  });

  test.each([
    ['{"a":"x","b":"y', '15: the end of a text'],
    ['{"a":1', '6: a closing "}"'],
    ['{"a":"say "hi" now"}', '11: "," or "}"'],
    ['{"a":"x" "b":1}', '9: "," or "}"'],
    ['{"a" 1}', '5: a colon after the key'],
    ['{"a":}', { a: null }],
    ['hello', '0: an object or a list'],
    ['{"a":1} x', '8: the end of the body'],
    ['{"a":[1,2}', '9: "," or "]"'],
    ['{"a":Failed login,"b":1}', '12: "," or "}"'],
  ])('stops in %p', (text, value) => {
    expect(repaired(text)).toEqual(value);
  });

  test('changes nothing of what is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, space) => {
        const text = JSON.stringify({ value }, null, space);
        expect(repairText(text)).toMatchObject({ kind: 'repaired', text, repairs: new Map() });
      }),
    );
  });

  const RAW: Record<string, string> = { '\\n': '\n', '\\t': '\t' };
  /** JSON text with damage that loses no data. */
  const damaged = (text: string, seed: readonly boolean[]): string => {
    let at = 0;
    const isHurt = (): boolean => seed[(at += 1) % seed.length] ?? false;
    return text.replace(/"(?:[^"\\]|\\.)*"|[}\]]|,/g, (token) => {
      if (!isHurt()) return token;
      if (token === ',') return ' /* , */ ,';
      if (token === '}' || token === ']') return `,${token}`;
      return token.replace(/\\./g, (escape) => RAW[escape] ?? escape);
    });
  };

  test('keeps every text and number of a body that is nearly JSON', () => {
    const body = fc.dictionary(
      fc.string(),
      fc.oneof(
        fc.string(),
        fc.constantFrom('line\nbreak', 'tab\there', 'C:\\Users'),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.array(fc.oneof(fc.integer(), fc.string()), { minLength: 1 }),
      ),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(body, fc.array(fc.boolean(), { minLength: 1 }), (value, seed) => {
        const text = JSON.stringify(value);
        expect(repaired(damaged(text, seed))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('what it makes of any text is JSON, or the place where it stopped is in the text', () => {
    const soup = fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        ',',
        ':',
        '\\',
        'u',
        'a',
        '1',
        '-',
        '/',
        '*',
        ' ',
        '\n',
        '“',
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          soup,
          soup.map((text) => `{"a":${text}`),
        ),
        (text) => {
          const result = repairText(text);
          if (result.kind === 'repaired') JSON.parse(result.text);
          else expect(result.at).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['quotes', (count: number) => `{"a":"${'x" '.repeat(count)}"}`],
    ['paths', (count: number) => `{"a":"${'C:\\n'.repeat(count)} \\x"}`],
    ['escaped paths', (count: number) => `{"a":"${'C:\\\\x'.repeat(count)} \\x"}`],
    ['backslashes', (count: number) => `{"a":"${'\\ '.repeat(count)}"}`],
    ['brackets', (count: number) => '['.repeat(count)],
    ['commas', (count: number) => `[${','.repeat(count)}]`],
    ['comments', (count: number) => `[${'/*'.repeat(count)}]`],
    ['stars', (count: number) => `[/${'*'.repeat(count)}`],
    ['blanks', (count: number) => `{"a":1${' \u00a0'.repeat(count)}`],
    ['words', (count: number) => `[${'a'.repeat(count)} b]`],
    ['keys', (count: number) => `{${'a:1\n'.repeat(count)}`],
  ])('looks at each character a few times at most: %s', (_, make) => {
    const text = make(20_000);
    expect(repairText(text).steps).toBeLessThan(4 * text.length + 100);
  });
});
