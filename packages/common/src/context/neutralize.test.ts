import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { neutralize } from './neutralize.js';

const shown = (text: string): string => neutralize(text).text;

/** Every code point, by what Unicode says of it. */
const ALL = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const BLANK = ['\u2800', '\ufffc', '\u{16fe4}', '\u{1d159}'];
const isHidden = (character: string): boolean =>
  BLANK.includes(character) ||
  (!/[\t\n\r]/.test(character) &&
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\p{Noncharacter_Code_Point}]/u.test(
      character,
    ));
const HIDDEN = ALL.filter(isHidden);

const codeOf = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** One selector after an emoji, a keycap, and pictures that fonts know; compared after they are taken out. */
const KEPT = new RegExp(
  String.raw`[#*\d]\ufe0f\u20e3|\p{RGI_Emoji_ZWJ_Sequence}|[\p{Emoji}--[#*\d]--\p{Regional_Indicator}][\ufe0e\ufe0f](?![\ufe00-\ufe0f])`,
  'v',
);
const withoutEmoji = (text: string): string => text.split(KEPT).join(' ');

describe('neutralize', () => {
  test('shows each hidden character of Unicode, alone and among letters', () => {
    expect(HIDDEN.length).toBeGreaterThan(6_000);
    const wrong = HIDDEN.filter(
      (one) => shown(one) !== codeOf(one) || shown(`a${one}b`) !== `a${codeOf(one)}b`,
    );
    expect(wrong.map(codeOf)).toEqual([]);
  });

  test('leaves every other character of Unicode as it is', () => {
    const changed = ALL.filter((one) => !isHidden(one) && shown(`x${one}y`) !== `x${one}y`);
    expect(changed.map(codeOf)).toEqual([]);
  });

  test.each([
    ['bidirectional', 'pay\u202efdp.exe', 'pay\\u{202e}fdp.exe'],
    ['zero-width', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['tags', '\u{e0049}\u{e0067}', '\\u{e0049}\\u{e0067}'],
    ['tags after a flag', '🏴\u{e0067}\u{e0062}\u{e007f}', '🏴\\u{e0067}\\u{e0062}\\u{e007f}'],
    ['selectors after a letter', 'a\ufe0fb\u{e0100}', 'a\\u{fe0f}b\\u{e0100}'],
    ['a selector after a digit', '1\ufe0f2', '1\\u{fe0f}2'],
    ['two selectors after an emoji', '❤\ufe0f\ufe0f', '❤\\u{fe0f}\\u{fe0f}'],
    ['other selectors after an emoji', '❤\ufe01', '❤\\u{fe01}'],
    ['a joiner that joins no picture', '😀\u200d😀', '😀\\u{200d}😀'],
    ['a joiner at the end', '👩\u200d', '👩\\u{200d}'],
    ['a picture with a joiner too many', '👩\u200d🚀\u200d😀', '👩\\u{200d}🚀\\u{200d}😀'],
    ['joiners of words', 'می\u200cخواهم क्\u200dष', 'می\\u{200c}خواهم क्\\u{200d}ष'],
    [
      'fillers',
      '\u3164\u115f\u180e\u17b4\u034f\u2800',
      '\\u{3164}\\u{115f}\\u{180e}\\u{17b4}\\u{34f}\\u{2800}',
    ],
    ['lone surrogates', 'a\ud800b', 'a\\u{d800}b'],
  ])('shows %s', (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test.each([
    'Grüße, Ελληνικά, кириллица, 日本語, 한국어, עברית, العربية, हिन्दी, ไทย, ខ្មែរ, ᠮᠣᠩᠭᠣᠯ',
    'tab\tline\nline\r\nand no-break\u00a0space, wide\u3000space',
    '❤️ ☎︎ ©️ 1️⃣ #️⃣ 👍🏽 🇩🇪 👩‍🚀 👩🏽‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 🕵🏽‍♂️',
    'C:\\users\\u{202e} "quoted" \\u202e',
  ])('leaves what can be read: %s', (text) => {
    expect(neutralize(text)).toEqual({ text, madeVisibleCount: 0 });
  });

  test('counts what it shows', () => {
    expect(neutralize('\u202ea\u200b\u200b👩‍🚀').madeVisibleCount).toBe(3);
  });

  const aPiece = fc.oneof(
    fc.constantFrom(...HIDDEN),
    fc.constantFrom(
      '\u200d',
      '\ufe0f',
      '\ufe0e',
      '\u20e3',
      '1',
      '❤',
      '👩',
      '🚀',
      '😀',
      '🏽',
      '🇩',
      '🏳',
      '🌈',
    ),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  );
  const aText = fc.array(aPiece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  test('leaves nothing hidden in any text', () => {
    fc.assert(
      fc.property(aText, (text) => {
        expect(
          Array.from(withoutEmoji(shown(text)))
            .filter(isHidden)
            .map(codeOf),
        ).toEqual([]);
      }),
    );
  });

  test('changes nothing a second time', () => {
    fc.assert(
      fc.property(aText, (text) => {
        expect(neutralize(shown(text))).toEqual({ text: shown(text), madeVisibleCount: 0 });
      }),
    );
  });

  test('loses nothing: the escapes read back are the text', () => {
    const readBack = (text: string): string =>
      text.replace(/\\u\{([\da-f]+)\}/g, (_, code: string) =>
        String.fromCodePoint(parseInt(code, 16)),
      );
    fc.assert(
      fc.property(aText, (text) => {
        fc.pre(!text.includes('\\'));
        expect(readBack(shown(text))).toBe(text);
      }),
    );
  });
});
