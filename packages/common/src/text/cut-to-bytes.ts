/** What UTF-8 needs at most for one unit of a string. */
const MAX_UNIT_BYTES = 3;

/** The longest beginning of a text that has at most so many bytes in UTF-8; no character is cut in two. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
