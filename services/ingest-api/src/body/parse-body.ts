import { isUtf8 } from 'node:buffer';
import { AppError, storableText } from '@calseta/common';
import { mapLazily } from '../map-lazily.js';
import { checkBatchLength } from './check-limits.js';
import { malformed } from './malformed.js';
import { splitArray } from './split-array.js';

export type ParsedItem =
  | { kind: 'parsed'; payload: unknown; text: string; notes: string[] }
  | { kind: 'malformed'; error: AppError };
export type ParsedBody = {
  isBatch: boolean;
  count: number;
  /** Parsed one by one as they are asked for, once: objects take many times the memory of their text. */
  items: Iterable<ParsedItem>;
};

/** One JSON value, the elements of an array, or the lines of NDJSON, each with the text it came from. */
export function parseBody(bytes: Buffer): ParsedBody {
  const { text, notes } = decode(bytes);
  if (text === '') throw new AppError('request.malformed', 'The body is empty.');
  if (text.startsWith('[')) {
    const elements = splitArray(text);
    const items = mapLazily(elements, (element) => parseOne(element, notes));
    return { isBatch: true, count: elements.length, items };
  }
  try {
    return { isBatch: false, count: 1, items: [parseOne(text, notes)] };
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2 || !lines.slice(0, 2).some(isObject)) throw error;
    return parseLines(lines, notes);
  }
}

/** Bytes that are no text and raw NULs become U+FFFD, so that the alert still gets in. */
function decode(bytes: Buffer): { text: string; notes: string[] } {
  const notes = isUtf8(bytes) ? [] : ['Bytes that are not UTF-8 were replaced.'];
  const decoded = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (!decoded.includes('\0')) return { text: decoded.trim(), notes };
  return {
    text: storableText(decoded).trim(),
    notes: [...notes, 'NUL bytes were replaced.'],
  };
}

function parseOne(text: string, notes: string[]): ParsedItem {
  try {
    return { kind: 'parsed', payload: JSON.parse(text) as unknown, text: text.trim(), notes };
  } catch (cause) {
    throw malformed(cause);
  }
}

/** Tells NDJSON with a broken line from one broken object on several lines. */
function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** A broken line is that line's problem alone. */
function parseLines(lines: string[], notes: string[]): ParsedBody {
  checkBatchLength(lines.length);
  const items = mapLazily(lines, (line): ParsedItem => {
    try {
      return parseOne(line, notes);
    } catch (error) {
      return { kind: 'malformed', error: error instanceof AppError ? error : malformed(error) };
    }
  });
  return { isBatch: true, count: lines.length, items };
}
