/** A PostgreSQL array literal, for batches of rows: unnest cannot take lists of different lengths. */
export const arrayLiteral = (texts: readonly string[]): string =>
  texts.length === 0
    ? '{}'
    : `{${texts.map((text) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`).join(',')}}`;
