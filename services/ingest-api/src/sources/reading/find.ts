import { spendVisits } from '@calseta/common';
import { childOf, isRecord, type Located, parseEmbedded } from './located.js';

/** Values that one path may yield; a longer list is cut. What all paths look at is bounded by the reading's budget. */
export const MAX_VALUES_PER_PATH = 200;
/** A twentieth of the budget of a reading, so that one path leaves the others something. */
export const MAX_VISITS_PER_PATH = 10_000;

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
  descend(from, 0, { segments: path.split('.'), found, expandsLeaf, visits: 0 });
  return found;
}

type Search = { segments: string[]; found: Located[]; expandsLeaf: boolean; visits: number };

/** Looks below `at` for the segments from `depth` on. */
function descend(at: Located, depth: number, search: Search): void {
  const { segments, found, expandsLeaf } = search;
  if (found.length >= MAX_VALUES_PER_PATH || !mayVisit(at, search)) return;
  const isLeaf = depth === segments.length;
  const here = isLeaf ? at : parseEmbedded(at);
  if (Array.isArray(here.value) && (expandsLeaf || !isLeaf)) {
    const length = Math.min(here.value.length, MAX_VALUES_PER_PATH);
    for (let index = 0; index < length; index++) descend(childOf(here, index), depth, search);
    return;
  }
  if (isLeaf) addPresent(found, here);
  else if (isRecord(here.value)) descendKeys(here, here.value, depth, search);
}

function mayVisit({ reading: { budget } }: Located, search: Search): boolean {
  search.visits += 1;
  if (search.visits > MAX_VISITS_PER_PATH) budget.isCut = true;
  return search.visits <= MAX_VISITS_PER_PATH && spendVisits(budget);
}

function addPresent(found: Located[], here: Located): void {
  if (here.value !== null && here.value !== undefined) found.push(here);
}

/** A key may stand for several segments at once; the longest are tried first. */
function descendKeys(
  here: Located,
  record: Record<string, unknown>,
  depth: number,
  search: Search,
): void {
  const { segments } = search;
  for (let end = segments.length; end > depth; end--) {
    const key = ownKey(record, joinSegments(segments, depth, end));
    if (key !== undefined) descend(childOf(here, key), end, search);
  }
}

const joinSegments = (segments: string[], start: number, end: number): string =>
  end === start + 1 ? (segments[start] ?? '') : segments.slice(start, end).join('.');

function ownKey(record: Record<string, unknown>, key: string): string | undefined {
  if (Object.hasOwn(record, key)) return key;
  const first = key.charAt(0);
  const swapped =
    (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) + key.slice(1);
  return Object.hasOwn(record, swapped) ? swapped : undefined;
}
