import { storableText } from '@calseta/common';

const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** Only printable ASCII, as most values are. */
const PLAIN = /^[ -~]*$/;
const OPENING = /^["'`<([\s]+/;
/** The look-behind keeps this linear: a run inside the text is tried once, not at each character. */
const CLOSING = /(?<!["'`>)\]\s])["'`>)\]\s]+$/;

/** Removes invisible characters, and what databases refuse: control characters and lone surrogates. */
export const stripInvisible = (text: string): string => (PLAIN.test(text) ? text : stripped(text));

const stripped = (text: string): string =>
  storableText(text.replace(INVISIBLE, '').replace(CONTROL, ' '));

/** Removes the quotes, brackets and spaces around a text. */
export const stripWrapping = (text: string): string =>
  text.replace(OPENING, '').replace(CLOSING, '');
