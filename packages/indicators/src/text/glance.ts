/** Kinds of characters. They are enough to skip most strings without parsing. */
export const DIGIT = 1;
export const HEX_LETTER = 2;
export const LETTER = 4;
export const DOT = 8;
export const COLON = 16;
/** Hyphen and underscore. */
export const JOINER = 32;
/** A letter outside ASCII. */
export const FOREIGN = 64;
export const BLANK = 128;
export const AT = 256;
export const EQUALS = 512;
export const BACKSLASH = 1_024;
export const BRACKET = 2_048;

const ASCII_KINDS = new Uint16Array(128);
const assign = (characters: string, kind: number) => {
  for (const character of characters) ASCII_KINDS[character.charCodeAt(0)] = kind;
};
assign('0123456789', DIGIT);
assign('abcdefABCDEF', HEX_LETTER);
assign('ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ', LETTER);
assign('.', DOT);
assign(':', COLON);
assign('-_', JOINER);
assign(' \t\r\n', BLANK);
assign('@', AT);
assign('=', EQUALS);
assign('\\', BACKSLASH);
assign('[](){}', BRACKET);

/** The kinds that occur in domains, addresses and hashes. */
export const IN_TOKEN = DIGIT | HEX_LETTER | LETTER | DOT | COLON | JOINER | FOREIGN;

export function kindOf(code: number): number {
  if (code < 128) return ASCII_KINDS[code] ?? 0;
  if (code === 0x3002 || code === 0xff0e) return DOT;
  const isPunctuation =
    code <= 0xbf ||
    (code >= 0x2000 && code <= 0x206f) ||
    (code >= 0x3000 && code <= 0x301f) ||
    code >= 0xff00;
  return isPunctuation ? 0 : FOREIGN;
}

/** The kinds of characters that a string contains. */
export function kindsIn(text: string, start = 0, end = text.length): number {
  let seen = 0;
  for (let index = start; index < end; index += 1) seen |= kindOf(text.charCodeAt(index));
  return seen;
}

const SHORTEST_HASH = 32;
const TELLING = DOT | COLON | AT | EQUALS | BACKSLASH | BRACKET;

/** Whether a string of these kinds can be more than a plain word or number. */
export const mayHoldIndicator = (kinds: number, length: number): boolean =>
  (kinds & TELLING) !== 0 || length >= SHORTEST_HASH;
