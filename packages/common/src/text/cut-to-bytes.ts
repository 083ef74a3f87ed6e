/** Most bytes that UTF-8 needs for one UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;

/** The longest prefix of a text with at most this many bytes in UTF-8. Never splits a character. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
