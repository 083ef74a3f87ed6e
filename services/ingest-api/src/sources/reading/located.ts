import { childPointer } from '@calseta/common';
import { checkShape } from '../../body/check-limits.js';

/**
 * A value together with its RFC 6901 JSON Pointer in the payload. Everything inside embedded text points to
 * that text: a pointer can go no further.
 */
export type Located = { value: unknown; pointer: string; isEmbedded?: true };

export const rootOf = (payload: unknown): Located => ({ value: payload, pointer: '' });

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list when there is an object in it: what envelopes hold their alerts in. */
export const listWithRecords = (value: unknown): unknown[] | undefined =>
  Array.isArray(value) && value.some(isRecord) ? value : undefined;

export function childOf(parent: Located, key: string | number): Located {
  const value = (parent.value as Record<string | number, unknown>)[key];
  if (parent.isEmbedded) return { value, pointer: parent.pointer, isEmbedded: true };
  return { value, pointer: childPointer(parent.pointer, key) };
}

/** The elements of a list, the value itself when it is none, nothing for null. */
export function elementsOf(at: Located): Located[] {
  if (at.value === null || at.value === undefined) return [];
  return Array.isArray(at.value) ? at.value.map((_, index) => childOf(at, index)) : [at];
}

const MAX_EMBEDDED_CHARACTERS = 1024 * 1024;

/**
 * JSON inside a string (SNS messages, Log Analytics columns) parsed; anything else as it is, and so is JSON
 * that no alert may be: nested too deep, or with too many keys.
 */
export function parseEmbedded(at: Located): Located {
  if (typeof at.value !== 'string' || at.value.length > MAX_EMBEDDED_CHARACTERS) return at;
  if (!/^\s*[[{]/.test(at.value)) return at;
  try {
    const value = JSON.parse(at.value) as unknown;
    checkShape(value);
    return { value, pointer: at.pointer, isEmbedded: true };
  } catch {
    return at;
  }
}
