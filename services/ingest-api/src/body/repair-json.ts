export const REPLACEMENT = '\uFFFD';

/** NUL and lone surrogates are valid JSON that PostgreSQL cannot store. */
const UNSTORABLE = /\0|\p{Surrogate}/gu;
/** Their escapes in JSON text; without any of these there is nothing to look for. */
const MAYBE_UNSTORABLE = /\\u(?:0000|[dD][89a-fA-F])/;

export const mayHoldUnstorable = (jsonText: string): boolean => MAYBE_UNSTORABLE.test(jsonText);

/** Text that the database can hold. */
export const storableText = (text: string): string => {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', REPLACEMENT) : wellFormed;
};

export type Repaired = { value: unknown; replaced: number };

/** A copy in which what cannot be stored is replaced, in keys and values; not deeper than the caller checked. */
export function repairJson(value: unknown): Repaired {
  let replaced = 0;
  const repairText = (text: string): string =>
    text.replace(UNSTORABLE, () => {
      replaced += 1;
      return REPLACEMENT;
    });
  const repair = (part: unknown): unknown => {
    if (typeof part === 'string') return repairText(part);
    if (Array.isArray(part)) return part.map(repair);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => [repairText(key), repair(inner)]),
    );
  };
  return { value: repair(value), replaced };
}
