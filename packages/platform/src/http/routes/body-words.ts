import { type z } from 'zod';

/** Rounds of corrections: a word that chooses an alternative is corrected before what stands in that alternative. */
const MAX_ROUNDS = 4;

type Correction = { path: readonly PropertyKey[]; word: string };

/**
 * Parses a body; where it does not fit because enum words are in another letter case, with those words as the schema spells
 * them: `{"status": "closed"}` is read as `{"status": "Closed"}`. All other text stays as it is. A body that fits is parsed
 * once. Returns the last result, whose issues are those that letter case does not explain.
 */
export function parseWords<S extends z.ZodType>(
  schema: S,
  value: unknown,
): z.ZodSafeParseResult<z.output<S>> {
  let current = value;
  let result = schema.safeParse(current);
  for (let round = 0; round < MAX_ROUNDS && !result.success; round += 1) {
    const corrections = correctionsOf(result.error.issues, current);
    if (corrections.length === 0) break;
    current = corrections.reduce(corrected, current);
    result = schema.safeParse(current);
  }
  return result;
}

function correctionsOf(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  above: readonly PropertyKey[] = [],
): Correction[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    const inside =
      issue.code === 'invalid_union'
        ? issue.errors.flatMap((alternative) => correctionsOf(alternative, value, path))
        : [];
    const sent = valueAt(value, path);
    if (typeof sent !== 'string') return inside;
    const word = wordsOf(issue).find((one) => isSameWord(one, sent));
    return typeof word === 'string' ? [...inside, { path, word }] : inside;
  });
}

/** The words that would fit; of alternatives those that choose one. */
function wordsOf(issue: z.core.$ZodIssue): readonly unknown[] {
  if (issue.code === 'invalid_value') return issue.values;
  if (issue.code !== 'invalid_union' || !('options' in issue)) return [];
  return Array.isArray(issue.options) ? issue.options : [];
}

const isSameWord = (word: unknown, sent: string): boolean =>
  typeof word === 'string' && word !== sent && word.toLowerCase() === sent.toLowerCase();

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** A copy of the value with the word in its place. */
function corrected(value: unknown, { path: [key, ...rest], word }: Correction): unknown {
  if (key === undefined) return word;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      index === key ? corrected(item, { path: rest, word }) : item,
    );
  const object = value as Record<PropertyKey, unknown>;
  return { ...object, [key]: corrected(object[key], { path: rest, word }) };
}
