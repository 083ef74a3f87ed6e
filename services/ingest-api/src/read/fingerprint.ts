import { createHash } from 'node:crypto';
import { isVolatile } from './volatile.js';

/** Enough to avoid collisions, in a third of the digits. */
const FINGERPRINT_BYTES = 16;

/** Texts to be compared without their times and counters, each with its replacement. */
export type Rewritten = ReadonlyMap<string, string>;

/**
 * The payload as text, without its volatile leaves: equal for payloads that differ in nothing else. The order of
 * keys is ignored, the order of a list is not.
 */
export function steadyPayload(payload: unknown, rewritten: Rewritten = new Map()): string {
  const parts: string[] = [];
  write(payload, '', parts, rewritten);
  return parts.join('');
}

/** Hash that shows whether a payload repeats an earlier one. */
export const fingerprintOf = (payload: unknown): string =>
  createHash('sha256')
    .update(steadyPayload(payload))
    .digest('hex')
    .slice(0, 2 * FINGERPRINT_BYTES);

/** Recursion is safe: payloads nest no deeper than an alert may. */
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
