import { type Cursor, JsonFault, replace } from './cursor.js';
import { beginsText, readText } from './read-text.js';
import { readBareKey, readWord } from './read-word.js';
import { closeGap, openGap, skipGap } from './skip-gap.js';

/** Depth of an envelope that contains alerts; deeper bodies are refused anyway. */
const MAX_DEPTH = 128;

/** Reads one value at the cursor and makes unambiguous repairs. Throws JsonFault where it cannot continue. */
export function readValue(cursor: Cursor, depth = 0): void {
  if (depth > MAX_DEPTH) throw new JsonFault(cursor.at, `at most ${MAX_DEPTH} levels`);
  const character = cursor.text[cursor.at];
  if (character === '{') readEntries(cursor, '}', () => readMember(cursor, depth));
  else if (character === '[') readEntries(cursor, ']', () => readValue(cursor, depth + 1));
  else if (beginsText(character)) readText(cursor);
  else readWord(cursor);
}

function readMember(cursor: Cursor, depth: number): void {
  if (beginsText(cursor.text[cursor.at])) readText(cursor);
  else readBareKey(cursor);
  skipGap(cursor);
  if (cursor.text[cursor.at] !== ':') throw new JsonFault(cursor.at, 'a colon after the key');
  cursor.at += 1;
  skipGap(cursor);
  const character = cursor.text[cursor.at];
  if (character === ',' || character === '}') {
    replace(cursor, 'empty', { from: cursor.at, to: cursor.at, by: 'null' });
  } else {
    readValue(cursor, depth + 1);
  }
}

/** Reads the entries between two brackets. Commas are needed between entries and dropped elsewhere. */
function readEntries(cursor: Cursor, close: '}' | ']', readEntry: () => void): void {
  const { text } = cursor;
  let isSeparated = true;
  cursor.at += 1;
  let hasLineBreak = skipGap(cursor);
  while (text[cursor.at] !== close) {
    const character = text[cursor.at];
    if (character === undefined) throw new JsonFault(text.length, `a closing "${close}"`);
    if (character === ',') {
      isSeparated = passComma(cursor, close, isSeparated);
      continue;
    }
    if (!isSeparated) putComma(cursor, close, hasLineBreak);
    readEntry();
    isSeparated = false;
    hasLineBreak = skipGap(cursor);
  }
  cursor.at += 1;
}

/** Drops a comma when there is no entry before or right after it; tells whether one stands before the next entry. */
function passComma(cursor: Cursor, close: string, isSeparated: boolean): boolean {
  const from = cursor.at;
  cursor.at += 1;
  const gap = openGap(cursor);
  const next = cursor.text[cursor.at];
  const isNeeded = !isSeparated && next !== close && next !== ',';
  if (!isNeeded) replace(cursor, 'comma', { from, to: from + 1, by: '' });
  closeGap(cursor, gap);
  return isSeparated || isNeeded;
}

/** Between objects and at the end of a line, only a comma can be missing. */
function putComma(cursor: Cursor, close: string, hasLineBreak: boolean): void {
  const { text, at } = cursor;
  const isBetweenBrackets = close === ']' && (text[at] === '{' || text[at] === '[');
  if (!isBetweenBrackets && !hasLineBreak) throw new JsonFault(at, `"," or "${close}"`);
  replace(cursor, 'missingComma', { from: at, to: at, by: ',' });
}
