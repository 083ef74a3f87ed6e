import { createVisitBudget, spendVisits, type VisitBudget } from '@calseta/common';
import { childPointer } from '@calseta/indicators';
import { checkShape } from '../../body/check-limits.js';
import { ownKey } from './keys.js';

/** One reading of a payload: what it may still cost, and the JSON texts in it that were parsed. */
type PayloadReading = {
  /** All of the payload. */
  payload: unknown;
  budget: VisitBudget;
  /** By text; undefined for what is no JSON that may be read. */
  parsed: Map<string, unknown>;
};

/**
 * A value together with its RFC 6901 JSON Pointer in the payload. Everything inside embedded text points to
 * that text: a pointer can go no further.
 */
export type Located = {
  value: unknown;
  pointer: string;
  isEmbedded?: true;
  reading: PayloadReading;
};

/** Begins a reading; all that is found from here shares its budget. */
export const rootOf = (payload: unknown, budget = createVisitBudget()): Located => ({
  value: payload,
  pointer: '',
  reading: { payload, budget, parsed: new Map() },
});

/** The whole payload that a value stands in. */
export const wholeOf = ({ reading }: Located): Located => ({
  value: reading.payload,
  pointer: '',
  reading,
});

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list when there is an object in it: what envelopes hold their alerts in. */
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

/** The elements of a list, the value itself when it is none, nothing for null; at the cost of a visit each. */
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
/** Of JSON text, what is parsed in about the time of a visit. */
const CHARACTERS_PER_VISIT = 32;

/**
 * JSON inside a string (SNS messages, Log Analytics columns) parsed; anything else as it is, and so is JSON
 * that no alert may be: nested too deep, or with too many keys.
 */
export function parseEmbedded(at: Located): Located {
  if (typeof at.value !== 'string' || at.value.length > MAX_EMBEDDED_CHARACTERS) return at;
  if (!/^\s{0,100}(?:[[{]|"\s{0,100}[[{\\])/.test(at.value)) return at;
  const value = parseOnce(at.reading, at.value);
  if (value === undefined) return at;
  return { value, pointer: at.pointer, isEmbedded: true, reading: at.reading };
}

/** As `parseEmbedded`; objects that stand one after the other, as templates render a list, are one as well. */
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

/** The same text stands on the way of many paths. */
function parseOnce({ budget, parsed }: PayloadReading, text: string): unknown {
  if (parsed.has(text)) return parsed.get(text);
  if (!spendVisits(budget, Math.ceil(text.length / CHARACTERS_PER_VISIT))) return undefined;
  const value = parseJson(text);
  parsed.set(text, value);
  return value;
}

/** Queues and templates encode a text that is JSON already once more. */
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
