import { AppError } from '@calseta/common';
import { mapLazily } from './map-lazily.js';
import { checkBatchLength } from './check-limits.js';
import { decodeBody, type DecodedBody } from './decode-body.js';
import { splitLoosely } from './nearly-json/split-loosely.js';
import { type ParsedItem, parseItem } from './parse-item.js';
import { createPlaces } from './place.js';
import { readForm } from './read-form.js';
import { splitArray } from './split-array.js';

export type { ParsedItem } from './parse-item.js';

export type ParsedBody = {
  isBatch: boolean;
  /** Number of items, as far as it is known before they are read. */
  count: number;
  /** Can be iterated once. Items are parsed on demand, since objects take many times the memory of their text. */
  items: Iterable<ParsedItem>;
};

/** A part of the outline of a body, and where it begins. */
type Part = { text: string; start: number; notes?: string[] };

const NOTES = {
  backToBack: 'The body has several values without a list around them: each was read by itself.',
  form: 'The alert came in the field "payload" of a form.',
  emptyPlaces: 'Commas with nothing after them were left out of the list around the alert.',
  brokenList: 'The list around the alert is broken: what could be read of it was read.',
};

/**
 * Parses one JSON value, the elements of an array, the lines of NDJSON, or objects back to back, each with its
 * original text. Nearly JSON is repaired; an unreadable value becomes an item of its own and affects no other.
 */
export function parseBody(bytes: Buffer, contentType?: string): ParsedBody {
  const field = readForm(bytes, contentType);
  if (field === undefined) return parseText(bytes, contentType);
  const parsed = parseText(field, FIELD_TYPE);
  return { ...parsed, items: mapLazily(parsed.items, (item) => fromForm(item, bytes, parsed)) };
}

const FIELD_TYPE = 'application/json; charset=utf-8';

/** A form with one alert keeps its original bytes. */
const fromForm = (item: ParsedItem, form: Buffer, { isBatch }: ParsedBody): ParsedItem => ({
  ...item,
  notes: [...item.notes, NOTES.form],
  ...(!isBatch && { original: form }),
});

function parseText(bytes: Buffer, contentType?: string): ParsedBody {
  const body = decodeBody(bytes, contentType);
  const { outline } = body;
  if (outline === '') throw new AppError('request.malformed', 'The body is empty.');
  const parse = createParser(body);
  if (outline.startsWith('[')) return parseList(outline, parse);
  const whole = parse({ text: outline, start: 0 });
  if (whole.kind === 'parsed') return parseWhole(whole);
  const lines = ndjsonLines(outline);
  if (lines) return { isBatch: true, count: lines.length, items: mapLazily(lines, parse) };
  return parseBackToBack(outline, parse, whole);
}

type Parse = (part: Part) => ParsedItem;

/** Parses parts of a body, in their order. */
function createParser({ outline, read }: DecodedBody): Parse {
  const placeAt = createPlaces(outline);
  return ({ text, start, notes = [] }) => {
    const blanks = text.length - text.trimStart().length;
    const part = read(text.trim());
    return parseItem({ ...part, notes: [...part.notes, ...notes] }, placeAt(start + blanks));
  };
}

/** Only JSON inside a JSON string can become a list here. */
function parseWhole(whole: ParsedItem & { kind: 'parsed' }): ParsedBody {
  if (!Array.isArray(whole.payload)) return { isBatch: false, count: 1, items: [whole] };
  const { text: outline, notes } = whole;
  return parseList(outline, createParser({ outline, read: (text) => ({ text, notes }) }));
}

function parseList(outline: string, parse: Parse): ParsedBody {
  const parts = partsOfList(outline);
  return { isBatch: true, count: parts.length, items: readParts(parts, parse) };
}

/** Splits by brackets and quotes; when those do not match, by siblings. */
function partsOfList(outline: string): Part[] {
  const elements = splitArray(outline);
  if (!elements) return looseParts({ text: outline, start: 1 }, true, NOTES.brokenList);
  const parts = elements.filter(({ text }) => text.trim() !== '');
  const notes = parts.length < elements.length ? [NOTES.emptyPlaces] : [];
  return parts.map((part) => ({ ...part, notes }));
}

/** The values in a text from a position on, whatever separates them. */
function looseParts({ text, start }: Part, isList: boolean, note: string): Part[] {
  const { pieces } = splitLoosely(text, start, isList);
  checkBatchLength(pieces.length);
  return pieces.map((piece) => ({
    text: text.slice(piece.start, piece.end),
    start: piece.start,
    notes: [note],
  }));
}

/** An unreadable element may include the ones after it, if it lacks a closing quote. */
function* readParts(parts: Iterable<Part>, parse: Parse): Generator<ParsedItem> {
  for (const part of parts) {
    const item = parse(part);
    const pieces =
      item.kind === 'malformed'
        ? looseParts({ text: part.text, start: 0 }, true, NOTES.brokenList)
        : [];
    if (pieces.length < 2) yield item;
    else yield* mapLazily(pieces, (piece) => parse({ ...piece, start: part.start + piece.start }));
  }
}

const OPENS = /^\s*[{[]/;

/** The lines of a body when all of them look like objects and one of the first two is one. */
function ndjsonLines(outline: string): Part[] | undefined {
  const lines: Part[] = [];
  let start = 0;
  for (const text of outline.split('\n')) {
    if (text.trim() !== '') lines.push({ text, start });
    start += text.length + 1;
  }
  if (lines.length < 2 || !lines.slice(0, 2).some(({ text }) => isObject(text))) return undefined;
  if (!lines.every(({ text }) => OPENS.test(text))) return undefined;
  checkBatchLength(lines.length);
  return lines;
}

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** A body that cannot be split is one unreadable alert. */
function parseBackToBack(outline: string, parse: Parse, whole: ParsedItem): ParsedBody {
  const parts = looseParts({ text: outline, start: 0 }, false, NOTES.backToBack);
  return parts.length < 2
    ? { isBatch: false, count: 1, items: [whole] }
    : { isBatch: true, count: parts.length, items: mapLazily(parts, parse) };
}
