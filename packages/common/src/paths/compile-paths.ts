const STEPS = /\[(\*|\d{1,6})\]|([^.[\]]+)/g;
/** A path with more steps leads nowhere. */
export const MAX_PATH_STEPS = 32;

/** A place in the tree of all paths: the steps up to it are the same for every path below it. */
export type PathState = {
  id: number;
  /** Paths that end here, by their position in the list that was compiled. */
  ends: number[];
  /** After `*`. */
  wildcard?: PathState;
  /** After a step that is a key; one of digits is an index too. */
  byName: Map<string, PathState>;
  /** In ascending order. */
  byIndex: { index: number; state: PathState }[];
  /** Where the entries of a list are read, which take part in paths whose next step is neither `*` nor an index. */
  inEntries?: PathState;
};

/** Paths like `alert.hosts[*].ip`, merged into one tree. */
export type CompiledPaths = {
  root: PathState;
  /** Of each path, the ids of the states on its way. */
  waysOf: number[][];
  /** Of each state, how many ways lead through it. */
  waysThrough: number[];
  /** No longer key stands for steps of a path. */
  longestKey: number;
};

/**
 * Compiles paths for reading them all in one walk. Steps are keys, array indexes as `[0]` or `.0`, and `*` for every
 * entry. A key may hold dots and stand for several steps; a list without an index is read entry by entry.
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

/** The states that one more step leads through; the last one is behind it. */
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

/** The entries of a list in a list are read as those of the outer one. */
function ofEntries(state: PathState): PathState {
  state.inEntries = state;
  return state;
}

function addIndex(indexes: PathState['byIndex'], added: PathState['byIndex'][number]): void {
  indexes.push(added);
  indexes.sort((a, b) => a.index - b.index);
}
