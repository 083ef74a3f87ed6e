import { isStorableText, storableText } from '@calseta/common';

/** Escapes in JSON text of what cannot be stored; without any of these there is nothing to look for. */
const MAYBE_UNSTORABLE = /\\u(?:0000|[dD][89a-fA-F])/;

export const mayHoldUnstorable = (jsonText: string): boolean => MAYBE_UNSTORABLE.test(jsonText);

export type Repaired = { value: unknown; repairedTexts: number };

/** A copy in which every key and value can be stored; not deeper than the caller checked. */
export function repairJson(value: unknown): Repaired {
  let repairedTexts = 0;
  const repairText = (text: string): string => {
    if (isStorableText(text)) return text;
    repairedTexts += 1;
    return storableText(text);
  };
  const repair = (part: unknown): unknown => {
    if (typeof part === 'string') return repairText(part);
    if (Array.isArray(part)) return part.map(repair);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => [repairText(key), repair(inner)]),
    );
  };
  return { value: repair(value), repairedTexts };
}
