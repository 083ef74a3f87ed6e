/** A list as PostgreSQL writes it, for statements over rows: unnest cannot take lists of different lengths. */
export const arrayLiteral = (texts: readonly string[]): string =>
  texts.length === 0
    ? '{}'
    : `{${texts.map((text) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`).join(',')}}`;
