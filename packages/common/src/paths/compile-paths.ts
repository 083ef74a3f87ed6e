const STEPS = /\[(\*|\d{1,6})\]|([^.[\]]+)/g;
/** Longest path; longer ones match nothing. */
export const MAX_PATH_STEPS = 32;

/** A node in the tree of all paths. All paths below it share the steps up to it. */
export type PathState = {
  id: number;
  /** Paths that end here, as indexes into the compiled list. */
  ends: number[];
  /** Next state after `*`. */
  wildcard?: PathState;
  /** Next states by key. A key of digits is also an index. */
  byName: Map<string, PathState>;
  /** Array indexes that occur as next steps, in ascending order. */
  byIndex: { index: number; state: PathState }[];
  /** State for the entries of a list, for paths whose next step is neither `*` nor an index. */
  inEntries?: PathState;
};

/** Paths like `alert.hosts[*].ip`, merged into one tree. */
export type CompiledPaths = {
  root: PathState;
  /** For each path, the ids of its states. */
  waysOf: number[][];
  /** For each state, the number of paths through it. */
  waysThrough: number[];
  /** Length of the longest key that can match steps of a path. */
  longestKey: number;
};

/**
 * Compiles paths so that one walk can read them all. Steps are keys, array indexes (`[0]` or `.0`), and `*` for every
 * entry. A key can contain dots and match several steps. A list without an index is read entry by entry.
 */
export function compilePaths(paths: readonly string[]): CompiledPaths {
  const waysThrough: number[] = [];
  const create = (): PathState => ({
    id: waysThrough.push(0) - 1,
    ends: [],
    byName: new Map(),
    byIndex: [],
  });
  const root = create();
  const waysOf = paths.map((path, position) => {
    const way: PathState[] = [];
    for (const step of stepsOf(path)) way.push(...next(way.at(-1) ?? root, step, create));
    way.at(-1)?.ends.push(position);
    for (const { id } of way) waysThrough[id] = (waysThrough[id] ?? 0) + 1;
    return way.map(({ id }) => id);
  });
  const longestKey = Math.max(0, ...paths.map(({ length }) => length));
  return { root, waysOf, waysThrough, longestKey };
}

function stepsOf(path: string): string[] {
  const steps = [...path.matchAll(STEPS)].map((match) => match[1] ?? match[2] ?? '');
  return steps.length <= MAX_PATH_STEPS ? steps : [];
}

/** The states on the way of one more step; the last is the state after it. */
function next(from: PathState, step: string, create: () => PathState): PathState[] {
  if (step === '*') return [(from.wildcard ??= create())];
  const known = from.byName.get(step);
  const state = known ?? create();
  if (!known) from.byName.set(step, state);
  if (/^\d+$/.test(step)) {
    if (!known) addIndex(from.byIndex, { index: Number(step), state });
    return [state];
  }
  const entries = (from.inEntries ??= ofEntries(create()));
  entries.byName.set(step, state);
  return [entries, state];
}

/** Entries of nested lists are treated like entries of the outer list. */
function ofEntries(state: PathState): PathState {
  state.inEntries = state;
  return state;
}

function addIndex(indexes: PathState['byIndex'], added: PathState['byIndex'][number]): void {
  indexes.push(added);
  indexes.sort((a, b) => a.index - b.index);
}
