import { isUtf8 } from 'node:buffer';
import { AppError, isStorableText, type Issue } from '@calseta/common';

export const MAX_JSON_DEPTH = 64;
const MAX_FOUND = 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Nesting depth of arrays and objects, up to `limit + 1`; one pass without recursion. */
export function jsonDepth(bytes: Uint8Array, limit: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > limit) return deepest;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
  return deepest;
}

/** Parses a body; it must be UTF-8, JSON, and not nested too deeply for later steps. */
export function parseJson(bytes: Uint8Array, options: { maxDepth?: number } = {}): unknown {
  const maxDepth = options.maxDepth ?? MAX_JSON_DEPTH;
  if (!isUtf8(bytes)) throw new AppError('request.malformed', 'The body is not UTF-8.');
  if (jsonDepth(bytes, maxDepth) > maxDepth) {
    throw new AppError('request.too_large', `The body nests deeper than ${maxDepth} levels.`);
  }
  try {
    return JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(),
    ) as unknown;
  } catch (cause) {
    throw new AppError('request.malformed', 'The body is not valid JSON.', { cause });
  }
}

/** Whether arrays and objects nest deeper than so many levels; it looks no deeper than that. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}

/** Finds text that the database cannot store; the value must not nest deeper than MAX_JSON_DEPTH. */
export function findUnstorableText(value: unknown, pointer = '', found: Issue[] = []): Issue[] {
  if (found.length >= MAX_FOUND) return found;
  if (typeof value === 'string') {
    if (!isStorableText(value)) {
      found.push({ pointer, message: 'holds a NUL character or a lone surrogate' });
    }
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => findUnstorableText(item, `${pointer}/${index}`, found));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const place = `${pointer}/${escapePointer(key)}`;
      findUnstorableText(isStorableText(key) ? item : key, place, found);
    }
  }
  return found;
}

/** One token of a JSON Pointer (RFC 6901). */
export const escapePointer = (token: string): string =>
  token.replaceAll('~', '~0').replaceAll('/', '~1');
