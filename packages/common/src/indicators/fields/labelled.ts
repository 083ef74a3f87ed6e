import { type AnalyzedKey, analyzeKey } from './analyzed-key.js';
import { KEY_OF_TYPE } from './label-names.js';

const MAX_FIELDS = 48;
const MAX_LABEL_CHARACTERS = 64;

/** For `{ name: "ClientIP", value: … }` and `{ type: "ip-src", value: … }`: the key that the value goes by. */
export function labelOf(
  object: Readonly<Record<string, unknown>>,
  fields: readonly { name: string; key: AnalyzedKey }[],
): string | undefined {
  if (fields.length > MAX_FIELDS || !fields.some(({ key }) => key.isValueName)) return undefined;
  const labels = fields
    .map(({ name, key }) => ({ rank: key.labelRank, label: object[name] }))
    .filter(
      (entry): entry is { rank: number; label: string } =>
        entry.rank !== undefined && isLabel(entry.label),
    )
    .sort((a, b) => a.rank - b.rank)
    .map(({ label }) => KEY_OF_TYPE[label.toLowerCase().replace(/[^a-z0-9]/g, '')] ?? label);
  return labels.find(isTelling) ?? labels[0];
}

const isLabel = (label: unknown): boolean =>
  typeof label === 'string' && label.length > 0 && label.length <= MAX_LABEL_CHARACTERS;

function isTelling(label: string): boolean {
  const key = analyzeKey(label);
  return key.ownHint !== undefined || key.isSkipped || key.isMessageId;
}
