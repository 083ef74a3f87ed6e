import { createHash } from 'node:crypto';
import { isVolatile } from './volatile.js';

/** Enough to tell any payloads apart, in a third of the digits. */
const FINGERPRINT_BYTES = 16;

/** Texts that are compared without their times and counters, by what they are replaced with. */
export type Rewritten = ReadonlyMap<string, string>;

/**
 * What a payload says without its volatile leaves, as text: equal for payloads that differ in nothing else. The order of
 * keys tells nothing, that of a list does.
 */
export function steadyPayload(payload: unknown, rewritten: Rewritten = new Map()): string {
  const parts: string[] = [];
  write(payload, '', parts, rewritten);
  return parts.join('');
}

/** By which it is known whether the same was said before. */
export const fingerprintOf = (payload: unknown): string =>
  createHash('sha256')
    .update(steadyPayload(payload))
    .digest('hex')
    .slice(0, 2 * FINGERPRINT_BYTES);

/** Payloads nest no deeper than an alert may. */
function write(value: unknown, key: string, parts: string[], rewritten: Rewritten): void {
  if (Array.isArray(value)) {
    parts.push('[');
    for (const entry of value) {
      write(entry, key, parts, rewritten);
      parts.push(',');
    }
    parts.push(']');
  } else if (typeof value === 'object' && value !== null) {
    writeObject(value as Record<string, unknown>, parts, rewritten);
  } else if (!isVolatile(key, value)) {
    parts.push(leafText(value, rewritten));
  }
}

function writeObject(
  object: Readonly<Record<string, unknown>>,
  parts: string[],
  rewritten: Rewritten,
): void {
  parts.push('{');
  for (const name of Object.keys(object).sort()) {
    const child = object[name];
    const isLeaf = typeof child !== 'object' || child === null;
    if (isLeaf && isVolatile(name, child)) continue;
    parts.push(JSON.stringify(name), ':');
    if (isLeaf) parts.push(leafText(child, rewritten));
    else write(child, name, parts, rewritten);
    parts.push(',');
  }
  parts.push('}');
}

const leafText = (value: unknown, rewritten: Rewritten): string =>
  JSON.stringify(typeof value === 'string' ? (rewritten.get(value) ?? value) : value);
