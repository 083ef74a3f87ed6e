const REPLACEMENT = '\uFFFD';

/** NUL and lone surrogates are valid JSON, as escapes, that PostgreSQL cannot store. */
const MAYBE_UNSTORABLE = /\\u(?:0000|[dD][89a-fA-F])/;
/** The escaped backslash and the surrogate pair come first, so that what is left of them stands alone. */
const ESCAPES =
  /\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(?<unstorable>\\u0000|\\u[dD][89a-fA-F]..)/g;

export type Repaired = { text: string; replaced: number };

/** JSON text in which what cannot be stored is replaced, in keys and values; all else stands as it did. */
export function repairJson(jsonText: string): Repaired {
  if (!MAYBE_UNSTORABLE.test(jsonText)) return { text: jsonText, replaced: 0 };
  let replaced = 0;
  const text = jsonText.replace(ESCAPES, (escape: string, unstorable?: string) => {
    if (unstorable === undefined) return escape;
    replaced += 1;
    return REPLACEMENT;
  });
  return { text, replaced };
}
