const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
const SURROGATE = /\p{Surrogate}/gu;
const WRAPPING = /^["'`<([\s]+|["'`>)\]\s]+$/g;

/** Drops what cannot be seen, and what databases refuse: control characters and lone surrogates. */
export const stripInvisible = (text: string): string =>
  text.replace(INVISIBLE, '').replace(CONTROL, ' ').replace(SURROGATE, '\ufffd');

/** The text without the quotes, brackets and blanks around it. */
export const unwrap = (text: string): string => text.replace(WRAPPING, '');

export const isStorable = (text: string): boolean => stripInvisible(text) === text;
