const REPLACEMENT = '\uFFFD';

/** Escaped NULs and lone surrogates are valid JSON, but PostgreSQL cannot store them. */
const MAYBE_UNSTORABLE = /\\u(?:0000|[dD][89a-fA-F])/;
/** Escaped backslashes and surrogate pairs match first, so that any surrogate left is a lone one. */
const ESCAPES =
  /\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(?<unstorable>\\u0000|\\u[dD][89a-fA-F]..)/g;

export type StorableJson = { text: string; replaced: number };

/** Replaces what cannot be stored, in keys and values; changes nothing else. */
export function storableJson(jsonText: string): StorableJson {
  if (!MAYBE_UNSTORABLE.test(jsonText)) return { text: jsonText, replaced: 0 };
  let replaced = 0;
  const text = jsonText.replace(ESCAPES, (escape: string, unstorable?: string) => {
    if (unstorable === undefined) return escape;
    replaced += 1;
    return REPLACEMENT;
  });
  return { text, replaced };
}
