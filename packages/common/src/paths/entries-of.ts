import { MAX_MATCHES_PER_PATH, type PathMatch } from './walk-paths.js';

/** The values that one path matches, with lists split into entries, up to the limit per path. */
export function entriesOf(matches: readonly PathMatch[]): {
  entries: PathMatch[];
  isOverflowing: boolean;
} {
  const entries: PathMatch[] = [];
  for (const match of matches) {
    const list: readonly unknown[] | undefined = Array.isArray(match.value)
      ? match.value
      : undefined;
    const room = MAX_MATCHES_PER_PATH - entries.length;
    if ((list?.length ?? 1) > room) {
      entries.push(...inList(match, list?.slice(0, room) ?? []));
      return { entries, isOverflowing: true };
    }
    if (list) entries.push(...inList(match, list));
    else entries.push(match);
  }
  return { entries, isOverflowing: false };
}

const inList = ({ place }: PathMatch, list: readonly unknown[]): PathMatch[] =>
  list.map((value, key) => ({ value, place: { above: place, key } }));
