/** Punctuation of ASCII, which parts words as `calseta_words` does in Postgres. */
const PUNCTUATION = /[!-/:-@[-`{-~]+/;

/**
 * A tsquery for what a person writes: each text between spaces has to be there, its parts one after the other, the last
 * part as the beginning of a word. `10.0.0.4 powersh` becomes `10<->0<->0<->4:* & powersh:*`.
 */
export const textQuery = (written: string): string =>
  written
    .split(/\s+/)
    .map((text) => text.split(PUNCTUATION).filter((part) => part !== ''))
    .filter((parts) => parts.length > 0)
    .map((parts) => `${parts.join('<->')}:*`)
    .join(' & ');
