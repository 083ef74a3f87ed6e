import { type Goal } from './section.js';

/** Something that must not happen; `examples` are shown after the number. */
export const none = (name: string, count: number, examples: readonly string[] = []): Goal => ({
  name,
  wanted: '0',
  measured: [String(count), ...examples.slice(0, MAX_EXAMPLES)].join('; '),
  isMet: count === 0,
});

/** Something that must happen every time. */
export const all = (name: string, count: number, wanted: number): Goal => ({
  name,
  wanted: String(wanted),
  measured: String(count),
  isMet: count === wanted,
});

/** A figure below a limit, with its unit. */
export const below = (name: string, measured: number, limit: number, unit: string): Goal => ({
  name,
  wanted: `< ${limit} ${unit}`,
  measured: `${measured.toFixed(0)} ${unit}`,
  isMet: measured < limit,
});

const MAX_EXAMPLES = 5;
