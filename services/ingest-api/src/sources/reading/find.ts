import { spendVisits } from '@calseta/common';
import { findKey, soughtKey, type SoughtKey } from './keys.js';
import { childOf, isRecord, type Located, parseEmbedded } from './located.js';

/**
 * Values that one path may yield; a longer list is cut. The reading's budget bounds the visits of all paths
 * together.
 */
export const MAX_VALUES_PER_PATH = 200;
/** A twentieth of a reading's budget, so that one path cannot use it up. */
export const MAX_VISITS_PER_PATH = 10_000;

/**
 * Every value at a dotted path. The path matches nested objects, flat dotted keys and mixtures of both; it goes
 * through lists, also at its end, and into JSON text. A key that is not found exactly matches in other letter case
 * and with other separators.
 */
export const find = (from: Located, path: string): Located[] => search(from, path, true);

/** As `find`, but a list at the end is one value. */
export const findWhole = (from: Located, path: string): Located[] => search(from, path, false);

function search(from: Located, path: string, expandsLeaf: boolean): Located[] {
  const found: Located[] = [];
  descend(from, 0, { route: routeOf(path), found, expandsLeaf, visits: 0 });
  return found;
}

/** `keys[start][n]` covers n + 1 segments from `start`, since one key may cover several segments. */
type Route = { length: number; keys: readonly (readonly SoughtKey[])[] };
type Search = { route: Route; found: Located[]; expandsLeaf: boolean; visits: number };

/** The paths of plugins are few and the same for every alert. */
const MAX_KEPT_ROUTES = 5_000;
const routes = new Map<string, Route>();

function routeOf(path: string): Route {
  const kept = routes.get(path);
  if (kept !== undefined) return kept;
  const segments = path.split('.');
  const route = {
    length: segments.length,
    keys: segments.map((_, start) =>
      segments
        .slice(start)
        .map((__, index) => soughtKey(segments.slice(start, start + index + 1).join('.'))),
    ),
  };
  if (routes.size < MAX_KEPT_ROUTES) routes.set(path, route);
  return route;
}

/** Directly nested lists that are read entry by entry; JSON text may contain any number. */
const MAX_NESTED_LISTS = 64;

/** Searches below `at` for the segments from `depth` on; `lists` counts the directly nested lists around it. */
function descend(at: Located, depth: number, search: Search, lists = 0): void {
  const { route, found, expandsLeaf } = search;
  if (lists > MAX_NESTED_LISTS || found.length >= MAX_VALUES_PER_PATH || !mayVisit(at, search))
    return;
  const isLeaf = depth === route.length;
  const here = isLeaf ? at : parseEmbedded(at);
  if (Array.isArray(here.value) && (expandsLeaf || !isLeaf)) {
    const length = Math.min(here.value.length, MAX_VALUES_PER_PATH);
    for (let index = 0; index < length; index++)
      descend(childOf(here, index), depth, search, lists + 1);
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

/** A key may cover several segments at once; the longest are tried first. */
function descendKeys(
  here: Located,
  record: Record<string, unknown>,
  depth: number,
  search: Search,
): void {
  const keys = search.route.keys[depth] ?? [];
  for (let index = keys.length - 1; index >= 0; index--) {
    const sought = keys[index];
    const key = sought && findKey(record, sought);
    if (key !== undefined) descend(childOf(here, key), depth + index + 1, search);
  }
}
