import { childOf, isRecord, type Located, parseEmbedded } from './located.js';

/** Values that one path may yield; a longer list is cut. */
export const MAX_VALUES_PER_PATH = 200;

/**
 * Every value at a dotted path. The same path reaches nested objects, flat dotted keys and mixtures of
 * both, walks through lists on its way and at its end, into JSON text on its way, and ignores the case of
 * a key's first letter (`Resource` and `resource`).
 */
export const find = (from: Located, path: string): Located[] => search(from, path, true);

/** As `find`, with a list at the end as one value. */
export const findWhole = (from: Located, path: string): Located[] => search(from, path, false);

function search(from: Located, path: string, expandsLeaf: boolean): Located[] {
  const found: Located[] = [];
  descend(from, path.split('.'), { found, expandsLeaf });
  return found;
}

type Search = { found: Located[]; expandsLeaf: boolean };

function descend(at: Located, segments: string[], search: Search): void {
  if (search.found.length >= MAX_VALUES_PER_PATH) return;
  const isLeaf = segments.length === 0;
  const here = isLeaf ? at : parseEmbedded(at);
  if (Array.isArray(here.value) && (search.expandsLeaf || !isLeaf)) {
    const length = Math.min(here.value.length, MAX_VALUES_PER_PATH);
    for (let index = 0; index < length; index++) descend(childOf(here, index), segments, search);
    return;
  }
  if (isLeaf) {
    if (here.value !== null && here.value !== undefined) search.found.push(here);
    return;
  }
  if (!isRecord(here.value)) return;
  for (let taken = segments.length; taken > 0; taken--) {
    const key = ownKey(here.value, segments.slice(0, taken).join('.'));
    if (key !== undefined) descend(childOf(here, key), segments.slice(taken), search);
  }
}

function ownKey(record: Record<string, unknown>, key: string): string | undefined {
  if (Object.hasOwn(record, key)) return key;
  const first = key.charAt(0);
  const swapped =
    (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) + key.slice(1);
  return Object.hasOwn(record, swapped) ? swapped : undefined;
}
