import { hash } from 'node:crypto';
import { isVolatile } from './volatile.js';

/** Enough to avoid collisions, in a third of the digits. */
const FINGERPRINT_BYTES = 16;

/** Texts to be compared without their times and counters, each with its replacement. */
export type Rewritten = ReadonlyMap<string, string>;
const NOTHING: Rewritten = new Map();

/**
 * The payload as text, without its volatile leaves: equal for payloads that differ in nothing else. The order of
 * keys is ignored, the order of a list is not. Recursion is safe: payloads nest no deeper than an alert may.
 */
export const steadyPayload = (payload: unknown, rewritten: Rewritten = NOTHING): string =>
  steadyValue(payload, '', rewritten);

/** Hash that shows whether a payload repeats an earlier one. */
export const fingerprintOf = (payload: unknown): string =>
  hash('sha256', steadyPayload(payload), 'hex').slice(0, 2 * FINGERPRINT_BYTES);

function steadyValue(value: unknown, key: string, rewritten: Rewritten): string {
  if (Array.isArray(value)) {
    let entries = '';
    for (const entry of value) entries += `${steadyValue(entry, key, rewritten)},`;
    return `[${entries}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return steadyObject(value as Record<string, unknown>, rewritten);
  }
  return isVolatile(key, value) ? '' : steadyLeaf(value, rewritten);
}

function steadyObject(object: Readonly<Record<string, unknown>>, rewritten: Rewritten): string {
  let members = '';
  for (const name of Object.keys(object).sort()) {
    const child = object[name];
    const isLeaf = typeof child !== 'object' || child === null;
    if (isLeaf && isVolatile(name, child)) continue;
    const written = isLeaf ? steadyLeaf(child, rewritten) : steadyValue(child, name, rewritten);
    members += `${withLength(name)}:${written},`;
  }
  return `{${members}}`;
}

/** A text begins with its length, so that no text looks like the structure around it. */
const steadyLeaf = (value: unknown, rewritten: Rewritten): string =>
  typeof value === 'string' ? withLength(rewritten.get(value) ?? value) : String(value);

const withLength = (text: string): string => `"${text.length}"${text}`;
