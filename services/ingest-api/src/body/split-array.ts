import { AppError } from '@calseta/common';
import { checkBatchLength } from './check-limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** The texts of the elements of a JSON array, as they stand; each is still to be parsed. */
export function splitArray(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let inString = false;
  let start = text.indexOf('[') + 1;
  let end = -1;
  for (let index = start - 1; index < text.length && end < 0; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
      if (depth === 0) end = index;
    } else if (code === COMMA && depth === 1) {
      elements.push(text.slice(start, index));
      checkBatchLength(elements.length);
      start = index + 1;
    }
  }
  if (end < 0 || text.slice(end + 1).trim() !== '' || text[end] !== ']') {
    throw new AppError('request.malformed', 'The body is not valid JSON.');
  }
  const last = text.slice(start, end);
  if (elements.length > 0 || last.trim() !== '') elements.push(last);
  checkBatchLength(elements.length);
  return elements;
}
