/** Punctuation of ASCII, which parts words as `calseta_words` does in Postgres. */
const PUNCTUATION = /[!-/:-@[-`{-~]+/;

/**
 * Terms of a tsquery for what a person writes, all of which have to be there: each text between spaces, its parts one after
 * the other, the last part as the beginning of a word. `10.0.0.4 powersh` becomes `10<->0<->0<->4:*` and `powersh:*`.
 */
export const textTerms = (written: string): string[] =>
  written
    .split(/\s+/)
    .map((text) => text.split(PUNCTUATION).filter((part) => part !== ''))
    .filter((parts) => parts.length > 0)
    .map((parts) => `${parts.join('<->')}:*`);
