import type { AnalyzedKey, KeyReader } from './analyzed-key.js';
import { KEY_OF_TYPE } from './label-names.js';

const MAX_FIELDS = 48;
const MAX_LABEL_CHARACTERS = 64;

/** For `{ name: "ClientIP", value: … }` and `{ type: "ip-src", value: … }`: the key that the value goes by. */
export function labelOf(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
  keys: readonly AnalyzedKey[],
  keyOf: KeyReader,
): string | undefined {
  if (names.length > MAX_FIELDS || !keys.some((key) => key.isValueName)) return undefined;
  const ranked: { rank: number; label: string }[] = [];
  for (const [index, { labelRank: rank }] of keys.entries()) {
    const label = rank === undefined ? undefined : object[names[index] ?? ''];
    if (rank !== undefined && isLabel(label)) ranked.push({ rank, label });
  }
  const labels = ranked
    .sort((a, b) => a.rank - b.rank)
    .map(({ label }) => KEY_OF_TYPE[label.toLowerCase().replace(/[^a-z0-9]/g, '')] ?? label);
  return labels.find((label) => isTelling(keyOf(label))) ?? labels[0];
}

const isLabel = (label: unknown): label is string =>
  typeof label === 'string' && label.length > 0 && label.length <= MAX_LABEL_CHARACTERS;

const isTelling = (key: AnalyzedKey): boolean =>
  key.ownHint !== undefined || key.isSkipped || key.isMessageId;
