import { INDICATOR_TYPES, type IndicatorType } from '@calseta/common';
import { parseNetwork } from '../tables/ip-table.js';
import { splitCsvLine } from '../tables/split-csv-line.js';

export const MAX_LIST_LINE_CHARS = 4_096;
export const MAX_REASON_CHARS = 200;

export type ListFormat = 'txt' | 'csv' | 'json';

/** One entry as in the file; `ip` entries may be networks. */
export type ListEntry = { type: IndicatorType; value: string; reason?: string };

export type ParsedList = {
  entries: ListEntry[];
  /** Unreadable lines (array positions in JSON), counted from 1. */
  badLines: number[];
};

/**
 * Reads one list. Text: a value per line, `#` begins a comment. CSV: the same, with a header of `value` and
 * optionally `type` and `reason`. JSON: an array of values or of `{value, type, reason}`.
 */
export function parseThreatList(text: string, format: ListFormat): ParsedList {
  const parsed: ParsedList = { entries: [], badLines: [] };
  for (const { line, fields } of read(text, format)) {
    const entry = fields && toEntry(fields);
    if (entry) parsed.entries.push(entry);
    else parsed.badLines.push(line);
  }
  return parsed;
}

type Fields = { value: string; type?: string; reason?: string };
type Line = { line: number; fields: Fields | undefined };

function read(text: string, format: ListFormat): Line[] {
  switch (format) {
    case 'json':
      return readJson(text);
    case 'csv':
      return readCsv(text);
    case 'txt':
      return meaningfulLines(text).map(({ line, content }) => ({
        line,
        fields: { value: content.replace(/\s#.*/, '').trim() },
      }));
  }
}

function meaningfulLines(text: string): { line: number; content: string }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((content, index) => ({ line: index + 1, content: content.trim() }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'));
}

function readCsv(text: string): Line[] {
  const [header, ...rows] = meaningfulLines(text);
  if (!header) return [];
  const names = splitCsvLine(header.content).map((name) => name.toLowerCase());
  const valueAt = names.indexOf('value');
  if (valueAt < 0) return [{ line: header.line, fields: undefined }];
  return rows.map(({ line, content }) => {
    if (content.length > MAX_LIST_LINE_CHARS) return { line, fields: undefined };
    const cells = splitCsvLine(content);
    const cell = (name: string) => cells[names.indexOf(name)];
    return { line, fields: toFields(cells[valueAt], cell('type'), cell('reason')) };
  });
}

function readJson(text: string): Line[] {
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    return [{ line: 1, fields: undefined }];
  }
  if (!Array.isArray(items)) return [{ line: 1, fields: undefined }];
  return items.map((item: unknown, index) => {
    const isRecord = typeof item === 'object' && item !== null;
    const { value, type, reason } = (isRecord ? item : { value: item }) as Record<string, unknown>;
    return { line: index + 1, fields: toFields(value, type, reason) };
  });
}

function toFields(value: unknown, type: unknown, reason: unknown): Fields | undefined {
  if (typeof value !== 'string') return undefined;
  return {
    value: value.trim(),
    ...(typeof type === 'string' && type !== '' && { type: type.trim().toLowerCase() }),
    ...(typeof reason === 'string' && reason !== '' && { reason: reason.trim() }),
  };
}

function toEntry({ value, type, reason }: Fields): ListEntry | undefined {
  if (value === '' || value.length > MAX_LIST_LINE_CHARS) return undefined;
  const known = type === undefined ? guessType(value) : INDICATOR_TYPES.find((t) => t === type);
  if (!known || (known === 'ip' && !parseNetwork(value))) return undefined;
  return { type: known, value, ...(reason && { reason: reason.slice(0, MAX_REASON_CHARS) }) };
}

/** Never an account: accounts can look like any text, so a list has to name their type. */
function guessType(value: string): IndicatorType | undefined {
  if (parseNetwork(value)) return 'ip';
  if (/^[0-9a-f]+$/i.test(value)) return HASH_BY_LENGTH[value.length];
  if (/\s/.test(value)) return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\/./i.test(value)) return 'url';
  if (/^[^@]+@[^@]+$/.test(value)) return 'email';
  return /^(?:\*\.)?[^/:]+\.[^/:.]{2,}\.?$/.test(value) ? 'domain' : undefined;
}

const HASH_BY_LENGTH: Record<number, IndicatorType> = {
  32: 'hash_md5',
  40: 'hash_sha1',
  64: 'hash_sha256',
};
