/** Indicators of one alert. Further ones are dropped and counted; no limit here fails an alert. */
export const MAX_INDICATORS_PER_ALERT = 500;
/** Indicators of one type that are found by search, in fields and in texts. */
export const MAX_FOUND_PER_TYPE = 100;
/** Places that are listed for one indicator. */
export const MAX_PROVENANCE_PER_INDICATOR = 10;
/** Length of `stated_as`; longer spellings are cut. */
export const MAX_STATED_AS_CHARACTERS = 512;
/** Length of a JSON Pointer; a longer one ends at the last step that fits. */
export const MAX_POINTER_CHARACTERS = 512;
/** Replacements per refanging rule and text that can be traced back. Values after them have no span. */
export const MAX_TRACED_EDITS = 10_000;
/** Characters of a key that are read, counted from its end. */
export const MAX_KEY_CHARACTERS = 128;
/** Innermost keys above a value from which its role is read. */
export const MAX_ROLE_SEGMENTS = 64;
/** Length of a stated value; a longer one is malformed. */
export const MAX_STATED_VALUE_CHARACTERS = 2_048;
/** Size of a canonical value in UTF-8. It must fit the unique index: PostgreSQL allows 2,704 bytes per entry. */
export const MAX_VALUE_BYTES = 2_048;
/** Size of a URL in a text; the rest is cut. Leaves room for Punycode and `redacted` in place of a password. */
export const MAX_FOUND_URL_BYTES = 1_780;
/** Values of a payload that are read. */
export const MAX_LEAVES = 20_000;
/** Keys of a payload that are interpreted; after them, as many further distinct ones. A payload with more is a table. */
export const MAX_DISTINCT_KEYS = 2_000;
/** Nesting depth of a payload; deeper values are ignored. */
export const MAX_WALK_DEPTH = 64;
/** Longest string that is scanned; the rest is ignored. */
export const MAX_TEXT_CHARACTERS = 262_144;
/** Characters that are scanned in all strings of one alert together. */
export const MAX_TOTAL_TEXT_CHARACTERS = 2_097_152;
/** How deep JSON is unwrapped that is nested in strings. */
export const MAX_EMBEDDED_DEPTH = 3;
/** Longest string that is parsed as JSON or XML. */
export const MAX_EMBEDDED_CHARACTERS = 65_536;
/** Length of an account name; longer ones are invalid. */
export const MAX_ACCOUNT_CHARACTERS = 256;
/** Values of one alert that all its custom mappings together may try as indicators. */
export const MAX_MAPPED_VALUES = 5_000;
