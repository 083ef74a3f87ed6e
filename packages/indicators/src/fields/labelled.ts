import { type AnalyzedKey, type KeyReader } from './analyzed-key.js';
import { KEY_OF_TYPE, LABEL_ENDINGS, VALUE_NAMES } from './label-names.js';

const MAX_FIELDS = 48;
const MAX_LABEL_CHARACTERS = 64;

type Fields = Readonly<Record<string, unknown>>;

/** The label that names a field in place of its own key, by the index of the field in its object. */
export type Labels = (index: number) => string | undefined;

export const noLabels: Labels = () => undefined;

/**
 * Finds the labels of values, as in `{ name: "ClientIP", value: … }`, `{ type: "ip-src", value: … }` and
 * `{ ioc_type: "domain", ioc_value: … }`.
 */
export function labelsOf(
  object: Fields,
  names: readonly string[],
  keys: readonly AnalyzedKey[],
  keyOf: KeyReader,
): Labels {
  if (names.length > MAX_FIELDS || !keys.some(mayGoByLabel)) return noLabels;
  const shared = keys.some((key) => key.isValueName)
    ? sharedLabel(object, names, keys, keyOf)
    : undefined;
  return (index) => {
    const key = keys[index];
    if (!key) return undefined;
    const label = prefixedLabel(object, names, keys, key) ?? (key.isValueName ? shared : undefined);
    if (label === undefined) return undefined;
    return goesBy(keyOf(label), key, object[names[index] ?? '']) ? label : undefined;
  };
}

const mayGoByLabel = ({ isValueName, valuePrefix }: AnalyzedKey): boolean =>
  isValueName || valuePrefix !== undefined;

/** The most specific label of an object. */
function sharedLabel(
  object: Fields,
  names: readonly string[],
  keys: readonly AnalyzedKey[],
  keyOf: KeyReader,
): string | undefined {
  const ranked: { rank: number; label: string }[] = [];
  for (const [index, { labelRank: rank }] of keys.entries()) {
    const label = rank === undefined ? undefined : labelAt(object, names[index]);
    if (rank !== undefined && label !== undefined) ranked.push({ rank, label });
  }
  const labels = ranked.sort((a, b) => a.rank - b.rank).map(({ label }) => label);
  return labels.find((label) => isTelling(keyOf(label))) ?? labels[0];
}

/** The label whose key has the same prefix as the key of the value. */
function prefixedLabel(
  object: Fields,
  names: readonly string[],
  keys: readonly AnalyzedKey[],
  { valuePrefix }: AnalyzedKey,
): string | undefined {
  if (valuePrefix === undefined) return undefined;
  const wanted = LABEL_ENDINGS.map((ending) => valuePrefix + ending);
  return labelAt(object, names[keys.findIndex(({ squashed }) => wanted.includes(squashed))]);
}

function labelAt(object: Fields, name: string | undefined): string | undefined {
  const label = name === undefined ? undefined : object[name];
  if (typeof label !== 'string' || label === '' || label.length > MAX_LABEL_CHARACTERS)
    return undefined;
  return KEY_OF_TYPE[label.toLowerCase().replace(/[^a-z0-9]/g, '')] ?? label;
}

/** Whether a label has a meaning. In `{ type: "observable", dataType: "domain" }`, `observable` has none. */
const isTelling = (key: AnalyzedKey): boolean =>
  !key.isValueName && (key.ownHint !== undefined || key.isSkipped || key.isMessageId);

/**
 * Whether the label replaces the key of a value. Objects keep their keys. A hash is one of a file unless the
 * label says otherwise. A key with a meaning of its own is kept if the label has none.
 */
function goesBy(label: AnalyzedKey, key: AnalyzedKey, value: unknown): boolean {
  if (label.isSkipped && [value].flat().some(isRecord)) return false;
  if (key.words[0] === 'hash') return label.ownHint === 'hash' || label.forbidsHash;
  return key.ownHint === undefined || isTelling(label);
}

/** Whether a value is an object with fields, rather than a wrapped value such as `{ stringValue: … }`. */
const isRecord = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).some((name) => !VALUE_NAMES.has(name.toLowerCase()));
