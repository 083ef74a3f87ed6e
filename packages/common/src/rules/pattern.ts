import { RE2JS, RE2JSSyntaxException } from 're2js';

/** Instructions of a compiled pattern; `a{1000}` has some thousand. Work is proportional to them and to the text. */
export const MAX_PATTERN_INSTRUCTIONS = 500;

/** Finds a pattern anywhere in a text, in time that grows linearly with the text. */
export type Pattern = { test(text: string): boolean };

/** Compiles a pattern in RE2's syntax. Throws for one that `problemOfPattern` refuses. */
export function compilePattern(text: string, { isCaseSensitive = false } = {}): Pattern {
  const flags = RE2JS.DOTALL | (isCaseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  return RE2JS.compile(text, flags);
}

/** Why a text is no pattern that can be used; undefined when it is one. */
export function problemOfPattern(text: string): string | undefined {
  try {
    const size = RE2JS.compile(text, RE2JS.DOTALL | RE2JS.CASE_INSENSITIVE).programSize();
    return size <= MAX_PATTERN_INSTRUCTIONS
      ? undefined
      : `the pattern is too large: ${size} instructions, at most ${MAX_PATTERN_INSTRUCTIONS}; repeat less often`;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return `not a pattern of RE2: ${error.message.replace(/^error parsing regexp: /, '')}`;
  }
}
