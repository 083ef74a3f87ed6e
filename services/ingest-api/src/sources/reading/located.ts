import { createVisitBudget, spendVisits, type VisitBudget } from '@calseta/common';
import { childPointer } from '@calseta/indicators';
import { checkShape } from '../../body/check-limits.js';

/** One reading of a payload: what it may still cost, and the JSON texts in it that were parsed. */
type PayloadReading = {
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
  reading: { budget, parsed: new Map() },
});

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list when there is an object in it: what envelopes hold their alerts in. */
export const listWithRecords = (value: unknown): unknown[] | undefined =>
  Array.isArray(value) && value.some(isRecord) ? value : undefined;

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
  if (!/^\s{0,100}[[{]/.test(at.value)) return at;
  const value = parseOnce(at.reading, at.value);
  if (value === undefined) return at;
  return { value, pointer: at.pointer, isEmbedded: true, reading: at.reading };
}

/** The same text stands on the way of many paths. */
function parseOnce({ budget, parsed }: PayloadReading, text: string): unknown {
  if (parsed.has(text)) return parsed.get(text);
  if (!spendVisits(budget, Math.ceil(text.length / CHARACTERS_PER_VISIT))) return undefined;
  const value = parseJson(text);
  parsed.set(text, value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    checkShape(value);
    return value;
  } catch {
    return undefined;
  }
}
