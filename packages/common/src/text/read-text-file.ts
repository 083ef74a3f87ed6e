export type TextFile = { text: string; problem?: undefined } | { text: ''; problem: string };

const UTF_16_MARKS = { 'utf-16le': [0xff, 0xfe], 'utf-16be': [0xfe, 0xff] } as const;
/** Control characters that no editor writes into a text. */
// eslint-disable-next-line no-control-regex -- these are what it looks for
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** Reads a file as text: UTF-8, or UTF-16 with a byte-order mark. Says what is wrong with every other file. */
export function readTextFile(bytes: Uint8Array): TextFile {
  const text = decode(bytes);
  if (text === undefined) {
    return { text: '', problem: 'is neither UTF-8, nor UTF-16 with a byte-order mark' };
  }
  const found = BINARY.exec(text);
  if (!found) return { text };
  return { text: '', problem: `holds binary data at character ${found.index + 1}` };
}

function decode(bytes: Uint8Array): string | undefined {
  const beginsWith = (mark: readonly number[]) => mark.every((byte, at) => bytes[at] === byte);
  const charset = beginsWith(UTF_16_MARKS['utf-16le'])
    ? 'utf-16le'
    : beginsWith(UTF_16_MARKS['utf-16be'])
      ? 'utf-16be'
      : 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
