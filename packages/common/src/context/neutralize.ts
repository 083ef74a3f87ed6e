/**
 * Control and format characters but for tab and line ends: bidirectional controls, zero-width and tag
 * characters let text show a person or a model something else than what it says.
 */
const DECEPTIVE = /(?![\t\n\r])[\p{Cc}\p{Cf}]/gu;

/** Writes deceptive characters as visible escapes (`\u{202e}`), so that nothing is hidden and nothing lost. */
export const neutralize = (text: string): string =>
  text.replace(DECEPTIVE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
