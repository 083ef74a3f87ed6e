const REPLACEMENT = '\uFFFD';

/** Whether PostgreSQL accepts the text. NUL and lone surrogates are valid in JSON, but text and jsonb refuse them. */
export const isStorableText = (text: string): boolean =>
  text.isWellFormed() && !text.includes('\0');

/** Replaces each character that PostgreSQL refuses with U+FFFD. */
export const storableText = (text: string): string =>
  isStorableText(text) ? text : text.toWellFormed().replaceAll('\0', REPLACEMENT);
