import { type Cursor, JsonFault, replace, take } from './cursor.js';

/** Closing quotes by opening quote; word processors insert the curly ones. */
const ENDS: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '“”',
  '”': '“”',
  '„': '“”',
};
const PLAIN = /[^"'“”\\\p{Cc}]+/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
/** Matches a Windows path after its drive, up to the next colon, so that no two matches overlap. */
const PATH = /\\(?:[^\s"'“”<>|?*,;:\\]|\\(?!["\s]))*/y;
const BAD_ESCAPE = /\\(?:[^"\\/bfnrtu]|u(?![\da-fA-F]{4}))/;
const QUOTE = '"';

export const beginsText = (character: string | undefined): boolean =>
  character !== undefined && Object.hasOwn(ENDS, character);

/** Reads a string at the cursor. Throws JsonFault at the end of the body when it is not closed. */
export function readText(cursor: Cursor): void {
  const { text } = cursor;
  const begin = cursor.at;
  const ends = ENDS[text[begin] ?? ''] ?? QUOTE;
  const isPlain = ends === QUOTE;
  cursor.at += 1;
  if (!isPlain) replace(cursor, 'quote', { from: begin, to: cursor.at, by: QUOTE });
  while (cursor.at < text.length) {
    take(cursor, PLAIN);
    const from = cursor.at;
    const character = text[from];
    if (character === undefined) break;
    cursor.at += 1;
    cursor.steps += 1;
    if (ends.includes(character)) {
      if (!isPlain) replace(cursor, 'quote', { from, to: cursor.at, by: QUOTE });
      return;
    }
    if (character === QUOTE) {
      replace(cursor, 'quote', { from, to: cursor.at, by: String.raw`\"` });
    } else if (character === '\\') {
      readEscape(cursor, from, ends);
    } else if (character < ' ') {
      const by = JSON.stringify(character).slice(1, -1);
      replace(cursor, 'control', { from, to: cursor.at, by });
    }
  }
  throw new JsonFault(text.length, 'the end of a text');
}

/** A backslash that begins no valid escape is a literal backslash. */
function readEscape(cursor: Cursor, from: number, ends: string): void {
  const next = cursor.text[cursor.at];
  if (next !== undefined && next !== QUOTE && ends.includes(next)) {
    cursor.at += 1;
    replace(cursor, 'quote', { from, to: cursor.at, by: next });
    return;
  }
  cursor.at = from;
  if (readWindowsPath(cursor)) return;
  if (take(cursor, ESCAPE) !== undefined) return;
  cursor.at = from + 1;
  replace(cursor, 'escape', { from, to: cursor.at, by: String.raw`\\` });
}

const DRIVE = /^(?:.*[^A-Za-z])?[A-Za-z]:$/s;

/**
 * In a path such as `C:\Users\bob`, one invalid escape makes every backslash literal: `\b` is no backspace there.
 * A path in which all escapes are valid is read as JSON.
 */
function readWindowsPath(cursor: Cursor): boolean {
  const from = cursor.at;
  if (!DRIVE.test(cursor.text.slice(Math.max(0, from - 3), from))) return false;
  const path = take(cursor, PATH) ?? '';
  if (!BAD_ESCAPE.test(path) || path.includes('\\\\')) {
    cursor.at = from;
    return false;
  }
  const by = path.replaceAll('\\', String.raw`\\`);
  replace(cursor, 'escape', { from, to: cursor.at, by });
  return true;
}
