import { AppError } from '@calseta/common';
import { mapLazily } from './map-lazily.js';
import { checkBatchLength } from './check-limits.js';
import { decodeBody, type DecodedBody } from './decode-body.js';
import { malformed } from './malformed.js';
import { splitArray } from './split-array.js';

export type ParsedItem =
  | {
      kind: 'parsed';
      payload: unknown;
      text: string;
      notes: string[];
      /** What the sender sent, where that is not the text in UTF-8. */
      original?: Buffer;
    }
  | { kind: 'malformed'; error: AppError };
export type ParsedBody = {
  isBatch: boolean;
  count: number;
  /** Parsed one by one as they are asked for, once: objects take many times the memory of their text. */
  items: Iterable<ParsedItem>;
};

/** One JSON value, the elements of an array, or the lines of NDJSON, each with the text it came from. */
export function parseBody(bytes: Buffer, contentType?: string): ParsedBody {
  const { outline, read } = decodeBody(bytes, contentType);
  if (outline === '') throw new AppError('request.malformed', 'The body is empty.');
  const parse = (part: string): ParsedItem => parseOne(part, read);
  if (outline.startsWith('[')) {
    const elements = splitArray(outline);
    return { isBatch: true, count: elements.length, items: mapLazily(elements, parse) };
  }
  try {
    return { isBatch: false, count: 1, items: [parse(outline)] };
  } catch (error) {
    const lines = outline.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2 || !lines.slice(0, 2).some((line) => isObject(read(line).text))) {
      throw error;
    }
    return parseLines(lines, parse);
  }
}

function parseOne(part: string, read: DecodedBody['read']): ParsedItem {
  const { text, ...rest } = read(part.trim());
  try {
    return { kind: 'parsed', payload: JSON.parse(text) as unknown, text, ...rest };
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
function parseLines(lines: string[], parse: (line: string) => ParsedItem): ParsedBody {
  checkBatchLength(lines.length);
  const items = mapLazily(lines, (line): ParsedItem => {
    try {
      return parse(line);
    } catch (error) {
      return { kind: 'malformed', error: error instanceof AppError ? error : malformed(error) };
    }
  });
  return { isBatch: true, count: lines.length, items };
}
