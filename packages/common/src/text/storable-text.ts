const REPLACEMENT = '\uFFFD';

/** Whether PostgreSQL takes the text: NUL and lone surrogates are valid in JSON, and refused by text and jsonb. */
export const isStorableText = (text: string): boolean =>
  text.isWellFormed() && !text.includes('\0');

/** The text with U+FFFD for each character that PostgreSQL refuses. */
export const storableText = (text: string): string =>
  isStorableText(text) ? text : text.toWellFormed().replaceAll('\0', REPLACEMENT);
