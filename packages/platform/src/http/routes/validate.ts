import { AppError, type Issue } from '@calseta/common';
import { type z } from 'zod';
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
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(part, toIssues(result.error));
}

const invalid = (part: string, issues: Issue[]): AppError =>
  new AppError('request.invalid', `The ${part} does not fit its schema.`, { issues });

/** Converts Zod's issues to JSON Pointers; an unknown key is reported at its own place. */
export function toIssues(error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue) => {
    const pointer = toPointer(issue.path);
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: `${pointer}/${escapePointer(key)}`,
          message: 'is not a known field',
        }))
      : [{ pointer, message: issue.message }];
  });
}

const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((token) => `/${escapePointer(String(token))}`).join('');
