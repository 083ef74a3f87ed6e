import { cursorAt, JsonFault } from './cursor.js';
import { createSearch, type Search } from './find-sibling.js';
import { readValue } from './read-value.js';
import { skipGap } from './skip-gap.js';

/** A part of a body that is an alert, or at least the beginning of one. */
export type Piece = { start: number; end: number };

/** Characters read per character of the body; beyond that, the rest becomes one piece. */
const MAX_WORK = 8;

/**
 * Finds the values of a list (`isList`, from after its bracket) or of values back to back, in text that is not
 * JSON. An unreadable value ends where the next sibling begins, so the others are not lost with it.
 */
export function splitLoosely(
  text: string,
  from: number,
  isList: boolean,
): { pieces: Piece[]; steps: number } {
  const search = createSearch(text, isList, MAX_WORK * text.length);
  const pieces: Piece[] = [];
  let wasBroken = false;
  let at = from;
  for (;;) {
    const start = skipSeparators(text, at, search);
    if (start === undefined) return { pieces, steps: search.steps() };
    const end = readOne(text, start, search);
    at = end ?? search.findSibling(start) ?? text.length;
    const last = pieces.at(-1);
    if (end === undefined && wasBroken && last) last.end = at;
    else pieces.push({ start, end: at });
    wasBroken = end === undefined;
  }
}

/** Position after blanks, commas and closing brackets; undefined at the end. */
function skipSeparators(text: string, from: number, search: Search): number | undefined {
  const cursor = cursorAt(text, from);
  do skipGap(cursor);
  while (SEPARATORS.has(text[cursor.at] ?? '') && ++cursor.at);
  search.spend(cursor.steps);
  return cursor.at < text.length ? cursor.at : undefined;
}

const SEPARATORS = new Set([',', ']', '}']);

function readOne(text: string, start: number, search: Search): number | undefined {
  const cursor = cursorAt(text, start);
  try {
    if (text[start] !== '{' && text[start] !== '[') throw new JsonFault(start, 'an object');
    readValue(cursor);
    return cursor.at;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return undefined;
  } finally {
    search.spend(cursor.steps);
  }
}
