import { storableText } from '@calseta/common';

const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** Printable ASCII, of which most values are. */
const PLAIN = /^[ -~]*$/;
const OPENING = /^["'`<([\s]+/;
/** Looks back, so that a run which does not end the text is tried once and not at each of its characters. */
const CLOSING = /(?<!["'`>)\]\s])["'`>)\]\s]+$/;

/** Drops what cannot be seen, and what databases refuse: control characters and lone surrogates. */
export const stripInvisible = (text: string): string => (PLAIN.test(text) ? text : stripped(text));

const stripped = (text: string): string =>
  storableText(text.replace(INVISIBLE, '').replace(CONTROL, ' '));

/** The text without the quotes, brackets and blanks around it. */
export const unwrap = (text: string): string => text.replace(OPENING, '').replace(CLOSING, '');
