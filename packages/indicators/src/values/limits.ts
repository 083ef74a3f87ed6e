/** The caps of extraction: what lies beyond is left out and counted, and never fails an alert. */
export const MAX_INDICATORS_PER_ALERT = 500;
/** Of one type, for values found in fields of unknown meaning and in text. */
export const MAX_FOUND_PER_TYPE = 100;
export const MAX_PROVENANCE_PER_INDICATOR = 10;
export const MAX_STATED_AS_CHARACTERS = 512;
export const MAX_POINTER_CHARACTERS = 512;
/** Replacements of one kind in one text that are traced back; values behind more of them carry no span. */
export const MAX_TRACED_EDITS = 10_000;
/** Of a key, its end: that is what tells. */
export const MAX_KEY_CHARACTERS = 128;
/** Of the keys above a value, the innermost: its role is read from them. */
export const MAX_ROLE_SEGMENTS = 64;
export const MAX_STATED_VALUE_CHARACTERS = 2_048;
/** Of a value, in UTF-8: it stands in a unique index, of which PostgreSQL takes 2,704 bytes an entry. */
export const MAX_VALUE_BYTES = 2_048;
/** Of a URL in text; the rest is left out. Its host in ASCII and `redacted` for a password find room besides. */
export const MAX_FOUND_URL_BYTES = 1_780;
export const MAX_LEAVES = 20_000;
/** Keys whose meaning is asked for, and once more different ones; a payload with more is no record but a table. */
export const MAX_DISTINCT_KEYS = 2_000;
export const MAX_DEPTH = 64;
/** Of one string; the rest of it is not read. */
export const MAX_TEXT_CHARACTERS = 262_144;
/** Over all strings of one alert. */
export const MAX_TOTAL_TEXT_CHARACTERS = 2_097_152;
export const MAX_EMBEDDED_DEPTH = 3;
export const MAX_EMBEDDED_CHARACTERS = 65_536;
export const MAX_ACCOUNT_CHARACTERS = 256;
/** Values of one alert that its mappings may try as indicators, all mappings together. */
export const MAX_MAPPED_VALUES = 5_000;
