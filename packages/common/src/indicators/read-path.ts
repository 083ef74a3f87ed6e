import { MAX_MATCHES_PER_MAPPING } from './limits.js';
import { toPointer } from './pointer.js';

const STEPS = /\[(\*|\d{1,6})\]|([^.[\]]+)/g;
const MAX_STEPS = 32;

export type PathMatch = { value: unknown; pointer: string };

/**
 * Reads every value at a path like `alert.hosts[*].ip`: dots, array indexes as `[0]` or `.0`, `*` for every
 * entry, and keys that hold dots themselves (`source.ip` as one key). A list without an index is read entry by entry.
 */
export function readPath(payload: unknown, path: string): PathMatch[] {
  const steps = [...path.matchAll(STEPS)].map((match) => match[1] ?? match[2] ?? '');
  const matches: PathMatch[] = [];
  if (steps.length > 0 && steps.length <= MAX_STEPS) collect(payload, steps, [], matches);
  return matches;
}

function collect(
  node: unknown,
  steps: readonly string[],
  at: readonly (string | number)[],
  matches: PathMatch[],
): void {
  if (matches.length >= MAX_MATCHES_PER_MAPPING) return;
  if (steps.length === 0) {
    matches.push({ value: node, pointer: toPointer(at) });
  } else if (Array.isArray(node)) {
    collectFromList(node, steps, at, matches);
  } else if (typeof node === 'object' && node !== null) {
    collectFromObject(node as Record<string, unknown>, steps, at, matches);
  }
}

function collectFromList(
  list: readonly unknown[],
  [step = '', ...rest]: readonly string[],
  at: readonly (string | number)[],
  matches: PathMatch[],
): void {
  if (/^\d+$/.test(step)) {
    if (Number(step) < list.length)
      collect(list[Number(step)], rest, [...at, Number(step)], matches);
    return;
  }
  const steps = step === '*' ? rest : [step, ...rest];
  for (const [index, entry] of list.entries()) {
    if (matches.length >= MAX_MATCHES_PER_MAPPING) return;
    collect(entry, steps, [...at, index], matches);
  }
}

function collectFromObject(
  object: Readonly<Record<string, unknown>>,
  steps: readonly string[],
  at: readonly (string | number)[],
  matches: PathMatch[],
): void {
  if (steps[0] === '*') {
    for (const [key, entry] of Object.entries(object))
      collect(entry, steps.slice(1), [...at, key], matches);
    return;
  }
  // The longest key first: `{"source.ip": …}` is more exact than `{"source": {"ip": …}}`.
  for (let taken = steps.length; taken > 0; taken -= 1) {
    const key = steps.slice(0, taken).join('.');
    if (Object.hasOwn(object, key)) collect(object[key], steps.slice(taken), [...at, key], matches);
  }
}
