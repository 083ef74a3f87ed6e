import { checkBatchLength } from './check-limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/** The text of a list element, and where it begins. */
export type Element = { text: string; start: number };

/**
 * Splits a JSON array into the texts of its elements; a text is empty when nothing stands between two commas.
 * Undefined when the brackets and quotes are not those of one array.
 */
export function splitArray(text: string): Element[] | undefined {
  const elements: Element[] = [];
  let depth = 0;
  let start = text.indexOf('[') + 1;
  for (let index = start - 1; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        if (depth === 0) return withLast(elements, text, start, index);
        break;
      case COMMA:
        if (depth > 1) break;
        elements.push({ text: text.slice(start, index), start });
        checkBatchLength(elements.length);
        start = index + 1;
    }
  }
  return undefined;
}

/** Where the string that begins at a quote ends; the end of the text when it is not closed. */
function endOfString(text: string, begin: number): number {
  let index = begin + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}

/** Adds the last element, which ends before the closing bracket at the end of the text. */
function withLast(
  elements: Element[],
  text: string,
  start: number,
  end: number,
): Element[] | undefined {
  if (text[end] !== ']' || text.slice(end + 1).trim() !== '') return undefined;
  const last = text.slice(start, end);
  if (elements.length > 0 || last.trim() !== '') elements.push({ text: last, start });
  checkBatchLength(elements.length);
  return elements;
}
