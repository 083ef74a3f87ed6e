import { createVisitBudget, spendVisits, type VisitBudget } from '@calseta/common';
import { childPointer } from '@calseta/indicators';
import { checkShape } from '../../body/check-limits.js';
import { ownKey } from './keys.js';

/** State of one reading of a payload: its remaining budget, and the JSON texts that were parsed. */
type PayloadReading = {
  /** The whole payload. */
  payload: unknown;
  budget: VisitBudget;
  /** By text; undefined for text that is no JSON or exceeds the limits. */
  parsed: Map<string, unknown>;
};

/**
 * A value with its RFC 6901 JSON Pointer in the payload. Everything inside JSON text has the pointer of that text,
 * since a pointer cannot go further.
 */
export type Located = {
  value: unknown;
  pointer: string;
  isEmbedded?: true;
  reading: PayloadReading;
};

/** Begins a reading; all values found from here share its budget. */
export const rootOf = (payload: unknown, budget = createVisitBudget()): Located => ({
  value: payload,
  pointer: '',
  reading: { payload, budget, parsed: new Map() },
});

/** The whole payload that contains a value. */
export const wholeOf = ({ reading }: Located): Located => ({
  value: reading.payload,
  pointer: '',
  reading,
});

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list if it contains an object, as the lists of alerts in envelopes do. */
export const listWithRecords = (value: unknown): unknown[] | undefined =>
  Array.isArray(value) && value.some(isRecord) ? value : undefined;

/** The first list with objects under one of the keys, also as JSON text, with or without its brackets. */
export function listUnder(at: Located, ...keys: readonly string[]): unknown[] | undefined {
  if (!isRecord(at.value)) return undefined;
  for (const name of keys) {
    const key = ownKey(at.value, name);
    const list = key === undefined ? undefined : listWithRecords(parseList(childOf(at, key)).value);
    if (list) return list;
  }
  return undefined;
}

export function childOf(parent: Located, key: string | number): Located {
  const value = (parent.value as Record<string | number, unknown>)[key];
  const { pointer, isEmbedded, reading } = parent;
  if (isEmbedded) return { value, pointer, isEmbedded, reading };
  return { value, pointer: childPointer(pointer, key), reading };
}

/** The elements of a list, the value itself if it is none, nothing for null. Each costs one visit. */
export function* elementsOf(at: Located): Generator<Located, void> {
  if (at.value === null || at.value === undefined) return;
  const length = Array.isArray(at.value) ? at.value.length : undefined;
  if (length === undefined) yield at;
  for (let index = 0; index < (length ?? 0); index++) {
    if (!spendVisits(at.reading.budget)) return;
    yield childOf(at, index);
  }
}

const MAX_EMBEDDED_CHARACTERS = 1024 * 1024;
/** Characters of JSON text that are parsed in about the time of one visit. */
const CHARACTERS_PER_VISIT = 32;

/**
 * Parses JSON inside a string (SNS messages, Log Analytics columns). Any other value is returned unchanged, and so
 * is JSON beyond the limits of an alert: nested too deep, or with too many keys.
 */
export function parseEmbedded(at: Located): Located {
  if (typeof at.value !== 'string' || at.value.length > MAX_EMBEDDED_CHARACTERS) return at;
  if (!/^\s{0,100}(?:[[{]|"\s{0,100}[[{\\])/.test(at.value)) return at;
  const value = parseOnce(at.reading, at.value);
  if (value === undefined) return at;
  return { value, pointer: at.pointer, isEmbedded: true, reading: at.reading };
}

/** As `parseEmbedded`, but also parses objects one after the other, as templates render a list. */
export function parseList(at: Located): Located {
  const parsed = parseEmbedded(at);
  if (isRecord(parsed.value) && typeof at.value === 'string')
    return { ...parsed, value: [parsed.value] };
  if (typeof parsed.value !== 'string' || parsed.value.length > MAX_EMBEDDED_CHARACTERS)
    return parsed;
  const text = parsed.value.trim();
  if (!text.startsWith('{')) return parsed;
  return parseEmbedded({ ...at, value: `[${text.endsWith(',') ? text.slice(0, -1) : text}]` });
}

/** Caches the result, since many paths go through the same text. */
function parseOnce({ budget, parsed }: PayloadReading, text: string): unknown {
  if (parsed.has(text)) return parsed.get(text);
  if (!spendVisits(budget, Math.ceil(text.length / CHARACTERS_PER_VISIT))) return undefined;
  const value = parseJson(text);
  parsed.set(text, value);
  return value;
}

/** Queues and templates may encode text again that is already JSON. */
const MAX_ENCODINGS = 3;

function parseJson(text: string): unknown {
  try {
    let value: unknown = text;
    for (let encoding = 0; encoding < MAX_ENCODINGS && typeof value === 'string'; encoding++) {
      value = JSON.parse(value) as unknown;
    }
    if (typeof value === 'string') return undefined;
    checkShape(value);
    return value;
  } catch {
    return undefined;
  }
}
