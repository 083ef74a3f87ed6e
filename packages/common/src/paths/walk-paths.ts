import { runAtOnce, type SlicedWork } from '../core/sliced-work.js';
import { type CompiledPaths, MAX_PATH_STEPS, type PathState } from './compile-paths.js';
import { createVisitBudget, spendVisits, type VisitBudget } from './visit-budget.js';

/** Values that one path can match, including all its wildcards. */
export const MAX_MATCHES_PER_PATH = 1_000;
/** Takes about a millisecond. */
export const VISITS_PER_SLICE = 10_000;

/** The keys to a value, innermost first; undefined for the payload itself. */
export type KeyPlace = { above: KeyPlace; key: string | number } | undefined;

export type PathMatch = { value: unknown; place: KeyPlace };

export type PathReadings = {
  /** Matches of each path, in the order of the paths. */
  matches: readonly (readonly PathMatch[])[];
  /** Whether a path has more matches than the limit. The budget reports separately what it cut off. */
  isOverflowing: boolean;
};

/** Reads all paths in one walk over the payload. Each value or key that it examines costs one visit. */
export const readPaths = (
  payload: unknown,
  paths: CompiledPaths,
  budget = createVisitBudget(),
): PathReadings => runAtOnce(walkPaths(payload, paths, budget));

/** Like `readPaths`, in slices. If keys with dots make a path ambiguous, the match by the longer key comes first. */
export function* walkPaths(
  payload: unknown,
  paths: CompiledPaths,
  budget: VisitBudget,
): SlicedWork<PathReadings> {
  const walk: Walk = {
    budget,
    paths,
    matches: paths.waysOf.map(() => []),
    full: new Set(),
    openWays: [...paths.waysThrough],
    sweeps: [],
  };
  enter(walk, payload, paths.root, undefined);
  let sliceEndsAt = budget.spent + VISITS_PER_SLICE;
  for (let sweep = walk.sweeps.at(-1); sweep && !budget.isCut; sweep = walk.sweeps.at(-1)) {
    if (sweep.index < sweep.size) advance(walk, sweep);
    else walk.sweeps.pop();
    if (budget.spent < sliceEndsAt) continue;
    sliceEndsAt = budget.spent + VISITS_PER_SLICE;
    yield;
  }
  return { matches: walk.matches, isOverflowing: walk.full.size > 0 };
}

/** The keys and indexes from the payload to a place. */
export function keysTo(place: KeyPlace): (string | number)[] {
  const keys = [];
  for (let at = place; at; at = at.above) keys.push(at.key);
  return keys.reverse();
}

type Walk = {
  budget: VisitBudget;
  paths: CompiledPaths;
  matches: PathMatch[][];
  /** Paths with more matches than the limit. */
  full: Set<number>;
  /** For each state, the number of paths through it that are not full. */
  openWays: number[];
  /** Stack of what remains to be visited; the innermost is last. */
  sweeps: Sweep[];
};

/** A pass over some children of a list or an object. */
type Sweep = {
  children: Readonly<Record<string | number, unknown>>;
  place: KeyPlace;
  /** Keys of an object; undefined for a list, which is visited by index. */
  keys?: readonly (string | number)[];
  /** The state for each key, or the one for all. */
  states: PathState | readonly PathState[];
  size: number;
  index: number;
};

function advance(walk: Walk, sweep: Sweep): void {
  const { children, keys, states, index } = sweep;
  const state = Array.isArray(states)
    ? (states as readonly PathState[])[index]
    : (states as PathState);
  sweep.index += 1;
  if (!state || !isOpen(walk, state)) {
    if (state === states) sweep.index = sweep.size;
    return;
  }
  if (!spendVisits(walk.budget)) return;
  const key = keys?.[index] ?? index;
  const value = children[key];
  const isLeaf = typeof value !== 'object' || value === null;
  if (isLeaf && state.ends.length === 0) return;
  enter(walk, value, state, { above: sweep.place, key });
}

const isOpen = (walk: Walk, { id }: PathState): boolean => (walk.openWays[id] ?? 0) > 0;

/** Adds a value to the matches of paths that end here, and schedules its children for the other paths. */
function enter(walk: Walk, value: unknown, state: PathState, place: KeyPlace): void {
  if (state.ends.length > 0) {
    const match = { value, place };
    for (const path of state.ends) record(walk, path, match);
  }
  if (Array.isArray(value)) enterList(walk, value, state, place);
  else if (typeof value === 'object' && value !== null) {
    enterObject(walk, value as Record<string, unknown>, state, place);
  }
}

function record(walk: Walk, path: number, match: PathMatch): void {
  const matches = walk.matches[path] ?? [];
  if (matches.length < MAX_MATCHES_PER_PATH) {
    matches.push(match);
  } else if (!walk.full.has(path)) {
    walk.full.add(path);
    for (const id of walk.paths.waysOf[path] ?? []) {
      walk.openWays[id] = (walk.openWays[id] ?? 0) - 1;
    }
  }
}

/** The last sweep runs first: named children come before wildcards. */
function enterList(walk: Walk, list: readonly unknown[], state: PathState, place: KeyPlace): void {
  const children = list as unknown as Sweep['children'];
  for (const states of [state.inEntries, state.wildcard]) {
    if (states) push(walk, { children, place, states, size: list.length, index: 0 });
  }
  const beyond = state.byIndex.findIndex(({ index }) => index >= list.length);
  const indexes = beyond < 0 ? state.byIndex : state.byIndex.slice(0, beyond);
  const keys = indexes.map(({ index }) => index);
  const states = indexes.map((entry) => entry.state);
  push(walk, { children, place, keys, states, size: keys.length, index: 0 });
}

function enterObject(
  walk: Walk,
  children: Readonly<Record<string, unknown>>,
  state: PathState,
  place: KeyPlace,
): void {
  if (!state.wildcard && state.byName.size === 0) return;
  const keys = Object.keys(children);
  if (state.wildcard)
    push(walk, { children, place, keys, states: state.wildcard, size: keys.length, index: 0 });
  if (state.byName.size === 0) return;
  const named = findNamed(walk, children, keys, state);
  push(walk, {
    children,
    place,
    keys: named.map(({ key }) => key),
    states: named.map((one) => one.state),
    size: named.length,
    index: 0,
  });
}

function push(walk: Walk, sweep: Sweep): void {
  if (sweep.size > 0) walk.sweeps.push(sweep);
}

type Named = { key: string; state: PathState; steps: number };

/**
 * The keys that match one or more next steps, those with the most steps first. Among equals, lists come last, so
 * that a long list does not use up the budget of its siblings.
 */
function findNamed(
  walk: Walk,
  children: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  state: PathState,
): Named[] {
  const named: Named[] = [];
  for (const key of keys) {
    if (!spendVisits(walk.budget)) break;
    if (key.length > walk.paths.longestKey) continue;
    const behind = state.byName.get(key);
    if (behind) named.push({ key, state: behind, steps: 1 });
    else if (key.includes('.')) named.push(...findJoined(key, state));
  }
  const isList = ({ key }: Named): number => (Array.isArray(children[key]) ? 1 : 0);
  return named.sort((a, b) => b.steps - a.steps || isList(a) - isList(b));
}

function findJoined(key: string, from: PathState): Named[] {
  const [first = '', ...others] = key.split('.', MAX_PATH_STEPS + 1);
  let state = from.byName.get(first);
  for (const step of others) state = step === '*' ? state?.wildcard : state?.byName.get(step);
  return state ? [{ key, state, steps: others.length + 1 }] : [];
}
