/**
 * Returns a function that resolves to a counter of tokens in the encoding o200k. The tokenizer takes a fifth of a second
 * and 60 MB, so it is loaded when it is first needed, once in a process.
 */
export function createTokenCounter(): () => Promise<(text: string) => number> {
  return async () => {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    return (text) => countTokens(text, AS_TEXT);
  };
}

/** `<|endoftext|>` in an alert is a text like any other. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };
