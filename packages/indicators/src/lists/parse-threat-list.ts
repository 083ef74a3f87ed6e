import { type ListEntry, MAX_LIST_LINE_CHARS, type ListPlace, toEntry } from './list-entry.js';
import { splitCsvLine } from './split-csv-line.js';
import { readStixObject } from './stix-pattern.js';

/**
 * `text`: a value per line. `csv`: with a header. `json`: an array. `stix`: a bundle of STIX 2.1. `misp`: a MISP warning
 * list. `kev`: the catalogue of known exploited vulnerabilities of CISA.
 */
export const LIST_FORMATS = ['text', 'csv', 'json', 'stix', 'misp', 'kev'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** Reads a list: a text, or JSON that was read already. Without a format, the content tells it. */
export function parseThreatList(
  content: unknown,
  format?: ListFormat,
): { format: ListFormat; places: ListPlace[] } {
  const read = readContent(content, format);
  return 'problem' in read
    ? { format: read.format, places: [{ place: '', entry: read.problem }] }
    : { format: read.format, places: placesOf(read.format, read.content) };
}

type Content = { format: ListFormat; content: unknown };

function readContent(
  content: unknown,
  given: ListFormat | undefined,
): Content | { format: ListFormat; problem: string } {
  const isLines = given === 'text' || given === 'csv';
  if (typeof content !== 'string')
    return isLines
      ? { format: given, problem: 'is no text' }
      : { format: given ?? formatOf(content), content };
  const text = content.replace(/^\uFEFF/, '');
  const isJson = given === undefined ? /^\s*[[{]/.test(text) : !isLines && !isCsvOf(given, text);
  if (!isJson) return { format: given ?? (hasHeader(text) ? 'csv' : 'text'), content: text };
  try {
    const json: unknown = JSON.parse(text);
    return { format: given ?? formatOf(json), content: json };
  } catch {
    return { format: given ?? 'json', problem: 'is not JSON' };
  }
}

/** CISA publishes its catalogue as CSV too. */
const isCsvOf = (format: ListFormat, text: string): boolean =>
  format === 'kev' && !/^\s*\{/.test(text);

function formatOf(content: unknown): ListFormat {
  if (!isRecord(content)) return 'json';
  if (content['type'] === 'bundle') return 'stix';
  if (Array.isArray(content['vulnerabilities'])) return 'kev';
  return Array.isArray(content['list']) ? 'misp' : 'json';
}

function placesOf(format: ListFormat, content: unknown): ListPlace[] {
  if (typeof content === 'string') return format === 'text' ? readText(content) : readCsv(content);
  switch (format) {
    case 'stix':
      return readArray(content, 'objects', (object, place) => readStixObject(object, place));
    case 'misp':
      return readWarningList(content);
    case 'kev':
      return readArray(content, 'vulnerabilities', (item, place) => [
        { place, entry: toKevEntry(item) },
      ]);
    default:
      return readArray(content, undefined, (item, place) => [
        {
          place,
          entry: toEntry(
            isRecord(item)
              ? { value: item['value'], type: item['type'], reason: item['reason'] }
              : { value: item },
          ),
        },
      ]);
  }
}

function readArray(
  content: unknown,
  key: string | undefined,
  read: (item: unknown, place: string) => ListPlace[],
): ListPlace[] {
  const items = key === undefined ? content : isRecord(content) ? content[key] : undefined;
  const at = key === undefined ? '' : `/${key}`;
  if (!Array.isArray(items)) return [{ place: at, entry: 'is no array' }];
  return items.flatMap((item, index) => read(item, `${at}/${index}`));
}

/** Kinds of warning lists whose entries are values; others hold parts of values or expressions. */
const WARNING_LIST_TYPES = new Set(['string', 'hostname', 'cidr']);

function readWarningList(content: unknown): ListPlace[] {
  const type = isRecord(content) ? (content['type'] ?? 'string') : 'string';
  if (typeof type !== 'string' || !WARNING_LIST_TYPES.has(type))
    return [{ place: '/type', entry: `is none of ${[...WARNING_LIST_TYPES].join(', ')}` }];
  return readArray(content, 'list', (item, place) => [{ place, entry: toEntry({ value: item }) }]);
}

function toKevEntry(item: unknown): ListEntry | string {
  if (!isRecord(item)) return 'is no object';
  const { cveID: value, vulnerabilityName: name, knownRansomwareCampaignUse: use } = item;
  const isRansomware = typeof use === 'string' && use.toLowerCase() === 'known';
  const reason = [name, isRansomware ? 'used by ransomware' : undefined]
    .filter((part) => typeof part === 'string')
    .join(', ');
  return toEntry({ value, type: 'cve', reason });
}

type Line = { line: number; content: string };

const meaningfulLines = (text: string): Line[] =>
  text
    .split(/\r?\n/)
    .map((content, index) => ({ line: index + 1, content: content.trim() }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'));

const readText = (text: string): ListPlace[] =>
  meaningfulLines(text).map(({ line, content }) => ({
    place: `line ${line}`,
    entry: toEntry({ value: content.replace(/\s#.*/, '') }),
  }));

/** Names of the columns, in lower case; the first that a header has counts. */
const VALUE_COLUMNS = ['value', 'indicator', 'ioc', 'cveid'];
const REASON_COLUMNS = ['reason', 'description', 'comment', 'vulnerabilityname'];

const cellsOf = (header: string): string[] =>
  splitCsvLine(header).map((name) => name.toLowerCase());

function hasHeader(text: string): boolean {
  const [header] = meaningfulLines(text.slice(0, MAX_LIST_LINE_CHARS));
  return (
    header !== undefined && cellsOf(header.content).some((name) => VALUE_COLUMNS.includes(name))
  );
}

function readCsv(text: string): ListPlace[] {
  const [header, ...rows] = meaningfulLines(text);
  if (!header) return [];
  const names = cellsOf(header.content);
  const columnOf = (wanted: readonly string[]) =>
    names.indexOf(wanted.find((name) => names.includes(name)) ?? '');
  const [valueAt, reasonAt, typeAt] = [
    columnOf(VALUE_COLUMNS),
    columnOf(REASON_COLUMNS),
    names.indexOf('type'),
  ];
  if (valueAt < 0) return [{ place: `line ${header.line}`, entry: 'names no column `value`' }];
  return rows.map(({ line, content }) => {
    const place = `line ${line}`;
    if (content.length > MAX_LIST_LINE_CHARS)
      return { place, entry: `is longer than ${MAX_LIST_LINE_CHARS} characters` };
    const cells = splitCsvLine(content);
    return {
      place,
      entry: toEntry({ value: cells[valueAt], type: cells[typeAt], reason: cells[reasonAt] }),
    };
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
