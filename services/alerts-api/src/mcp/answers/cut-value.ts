import { stringifyExactly } from '@calseta/common';

/** How much of each text and each list is shown. */
export type CutLimits = { characters: number; items: number };

/** From generous to tight; the last bounds every value of the API. */
const STEPS: readonly CutLimits[] = [
  { characters: 2_000, items: 100 },
  { characters: 500, items: 25 },
  { characters: 160, items: 10 },
  { characters: 80, items: 3 },
];
/** Objects that nest deeper are written as text. */
const MAX_DEPTH = 6;

export type Cut<T> = { value: T; isCut: boolean };

/** Cuts long texts and lists of a JSON value, at any depth; a cut text ends with `…`. */
export function cutValue<T>(value: T, limits: CutLimits): Cut<T> {
  let isCut = false;
  const cutText = (text: string): string => {
    if (text.length <= limits.characters) return text;
    isCut = true;
    return `${text.slice(0, limits.characters).replace(LONE_SURROGATE, '')}…`;
  };
  const walk = (part: unknown, depth: number): unknown => {
    if (typeof part === 'string') return cutText(part);
    if (typeof part !== 'object' || part === null) return part;
    if (depth === MAX_DEPTH) return cutText(stringifyExactly(part));
    const entries: [string, unknown][] = Object.entries(part);
    if (entries.length > limits.items) isCut = true;
    const shown = entries
      .slice(0, limits.items)
      .map(([name, inner]): [string, unknown] => [cutText(name), walk(inner, depth + 1)]);
    return Array.isArray(part) ? shown.map(([, inner]) => inner) : Object.fromEntries(shown);
  };
  return { value: walk(value, 0) as T, isCut };
}

/** The first half of a character that a cut splits. */
const LONE_SURROGATE = /[\ud800-\udbff]$/;

/** The most generous cut of a value that fits; the tightest where none does. */
export function cutToFit<T>(value: T, fits: (json: string) => boolean): Cut<T> {
  if (fits(stringifyExactly(value))) return { value, isCut: false };
  let cut: Cut<T> = { value, isCut: true };
  for (const limits of STEPS) {
    cut = cutValue(value, limits);
    if (fits(stringifyExactly(cut.value))) break;
  }
  return cut;
}
