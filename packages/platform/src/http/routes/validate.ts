import { AppError, type Issue } from '@calseta/common';
import { z } from 'zod';
import { parseWords } from './body-words.js';
import { escapePointer, findUnstorableText } from './parse-json.js';

/** Parses a part of a request by its schema; reports all issues in one answer. */
export function validate(
  schema: z.ZodType | undefined,
  value: unknown,
  part: 'path' | 'query' | 'body',
): unknown {
  if (!schema) return undefined;
  const unstorable = findUnstorableText(value);
  if (unstorable.length > 0) throw invalid(part, unstorable);
  const result = part === 'body' ? parseWords(schema, value) : schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(part, toIssues(result.error));
}

/** Refuses query parameters that a route does not have, so that a mistyped filter is not a wider answer. */
export function requireKnownQuery(schema: z.ZodType | undefined, names: readonly string[]): void {
  // A loose object takes whatever a programme on the way adds.
  if (schema instanceof z.ZodObject && schema.def.catchall instanceof z.ZodUnknown) return;
  const known = namesOf(schema);
  const takes = known.length === 0 ? 'this path has none' : `this path has ${known.join(', ')}`;
  const issues = names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      pointer: `/${escapePointer(name)}`,
      message: `is not a known parameter; ${takes}`,
    }));
  if (issues.length > 0) throw invalid('query', issues);
}

/** The names of an object's fields, also of one that is transformed once it is parsed. */
function namesOf(schema: unknown): string[] {
  if (schema instanceof z.ZodPipe) return namesOf(schema.in);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const invalid = (part: string, issues: Issue[]): AppError =>
  new AppError('request.invalid', `The ${part} does not fit its schema.`, { issues });

/** Converts Zod's issues to JSON Pointers; an unknown key is reported at its own place. */
export function toIssues(error: z.ZodError): Issue[] {
  return toIssuesOf(error.issues);
}

function toIssuesOf(
  issues: readonly z.core.$ZodIssue[],
  path: readonly PropertyKey[] = [],
): Issue[] {
  return issues.flatMap((issue) => {
    const at = [...path, ...issue.path];
    const pointer = toPointer(at);
    if (issue.code === 'invalid_union') {
      const closest = closestOf(issue.errors);
      if (closest) return toIssuesOf(closest, at);
    }
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: `${pointer}/${escapePointer(key)}`,
          message: 'is not a known field',
        }))
      : [{ pointer, message: issue.message }];
  });
}

/** What is wrong by the alternative that fits best: the one whose issues lie deepest in the value. */
function closestOf(
  alternatives: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const depthOf = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map(({ path }) => path.length));
  const [best, second] = alternatives.toSorted((a, b) => depthOf(b) - depthOf(a));
  // A number is no text and no list: where no alternative fits better, the general message says it.
  return best && second && depthOf(best) === depthOf(second) ? undefined : best;
}

const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((token) => `/${escapePointer(String(token))}`).join('');
