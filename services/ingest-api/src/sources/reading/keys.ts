import { remembered, REMEMBERED_KEYS } from '@calseta/common';

/** Separators inside a key, in which spellings differ; leading ones belong to the name (`_time`, `@timestamp`). */
const INNER_SEPARATORS = /(?<=[^_\s-])[_\s-]+/g;

/** Normalises a key: `created_time_utc` and `CreatedTimeUtc` become equal. */
export const foldKey = remembered(
  (key) => key.toLowerCase().replaceAll(INNER_SEPARATORS, ''),
  REMEMBERED_KEYS,
);

/** A key to look for, with its normalised forms. */
export type SoughtKey = { exact: string; lower: string; folded: string };

export const soughtKey = (exact: string): SoughtKey => ({
  exact,
  lower: exact.toLowerCase(),
  folded: foldKey(exact),
});

/** Keys of each record by their other spellings; built when the first exact lookup fails. */
const spellings = new WeakMap<object, ReadonlyMap<string, string>>();

/**
 * The record's own key for the sought one: exact, else in other letter case, else with other separators. Data
 * lakes lower-case the keys of vendors, and people spell them freely.
 */
export function findKey(
  record: Readonly<Record<string, unknown>>,
  { exact, lower, folded }: SoughtKey,
): string | undefined {
  if (Object.hasOwn(record, exact)) return exact;
  let known = spellings.get(record);
  if (known === undefined) {
    known = spellingsOf(record);
    spellings.set(record, known);
  }
  return known.get(lower) ?? known.get(folded);
}

function spellingsOf(record: Readonly<Record<string, unknown>>): Map<string, string> {
  const known = new Map<string, string>();
  const keys = Object.keys(record);
  for (const spell of [(key: string) => key.toLowerCase(), foldKey]) {
    for (const key of keys) {
      const spelling = spell(key);
      if (!known.has(spelling)) known.set(spelling, key);
    }
  }
  return known;
}

/** The record's own key for the name, in any spelling. */
export const ownKey = (
  record: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined => findKey(record, soughtKey(name));

/** Whether the record has one of the keys, in any spelling. */
export const hasKey = (
  record: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): boolean => names.some((name) => ownKey(record, name) !== undefined);

/** The value of the key, in any spelling; undefined when there is none. */
export function valueAt(record: Readonly<Record<string, unknown>>, name: string): unknown {
  const key = ownKey(record, name);
  return key === undefined ? undefined : record[key];
}
