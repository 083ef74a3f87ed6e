import { DIGIT, HEX_LETTER } from './glance.js';

/** A run of characters that names and addresses consist of. `kinds` are the kinds that occur. */
export type TextToken = { text: string; start: number; end: number; kinds: number };

export const isHexadecimal = (kinds: number): boolean =>
  (kinds & ~(DIGIT | HEX_LETTER)) === 0 && (kinds & DIGIT) !== 0 && (kinds & HEX_LETTER) !== 0;
