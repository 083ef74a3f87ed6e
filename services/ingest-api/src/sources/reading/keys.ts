/** Separators inside a key, which spellings differ in; in front they belong to the name (`_time`, `@timestamp`). */
const INNER_SEPARATORS = /(?<=[^_\s-])[_\s-]+/g;

/** A key without the differences between spellings: `created_time_utc` and `CreatedTimeUtc` are one. */
export const foldKey = (key: string): string => key.toLowerCase().replaceAll(INNER_SEPARATORS, '');

/** A key that is looked for, with what its other spellings have in common. */
export type SoughtKey = { exact: string; lower: string; folded: string };

export const soughtKey = (exact: string): SoughtKey => ({
  exact,
  lower: exact.toLowerCase(),
  folded: foldKey(exact),
});

/** Of each record that was looked into: its keys by other spellings, made when the first exact one is missed. */
const spellings = new WeakMap<object, ReadonlyMap<string, string>>();

/**
 * The record's own key for the one that is sought: spelled so, else in other letter case, else with other
 * separators. Data lakes lower-case the keys of vendors, and people write them as they know them.
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

/** The record's own key for the name, in whatever spelling. */
export const ownKey = (
  record: Readonly<Record<string, unknown>>,
  name: string,
): string | undefined => findKey(record, soughtKey(name));

/** Whether the record has one of the keys, in whatever spelling. */
export const hasKey = (
  record: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): boolean => names.some((name) => ownKey(record, name) !== undefined);

/** The value of the key, in whatever spelling; undefined where there is none. */
export function valueAt(record: Readonly<Record<string, unknown>>, name: string): unknown {
  const key = ownKey(record, name);
  return key === undefined ? undefined : record[key];
}
