import { isUnfilled } from '@calseta/indicators';
import { find } from './find.js';
import { type Located } from './located.js';

const BLANKS = new Set(['', '-', 'null', 'none', '(null)', 'undefined', 'n/a', '<na>', '<null>']);
const LONGEST_BLANK = Math.max(...[...BLANKS].map(({ length }) => length));

/**
 * A string, number or boolean as text. Undefined for anything else, for words that mean "nothing", and for an
 * unfilled template, which as an id would merge all alerts.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const isBlank = text.length <= LONGEST_BLANK && BLANKS.has(text.toLowerCase());
  return isBlank || (/^[{$]/.test(text) && isUnfilled(text)) ? undefined : text;
}

export type LocatedText = Located & { value: string };

/** The first text at the first path that has one, with its pointer. */
export function pickLocated(from: Located, ...paths: string[]): LocatedText | undefined {
  for (const path of paths) {
    for (const found of find(from, path)) {
      const value = textOf(found.value);
      if (value !== undefined) return { ...found, value };
    }
  }
  return undefined;
}

/** The first text at the first path that has one. */
export const pickText = (from: Located, ...paths: string[]): string | undefined =>
  pickLocated(from, ...paths)?.value;

/** All texts at all paths, each once, in order. */
export function pickTexts(from: Located, ...paths: string[]): string[] {
  const texts = new Set<string>();
  for (const path of paths) {
    for (const found of find(from, path)) {
      const text = textOf(found.value);
      if (text !== undefined) texts.add(text);
    }
  }
  return [...texts];
}
