import {
  type CompiledPaths,
  compilePaths,
  createVisitBudget,
  type ReadField,
  readPaths,
  remembered,
} from '@calseta/common';
import { type Headers } from './wait-hint.js';

/** The answer to a request; header names in lower case. */
export type StepAnswer = { status: number; headers: Headers; body: string; isCut?: boolean };

/** An answer as rules and fields read it. `body` is undefined when it is empty, and text when it is not JSON. */
export type AnswerTree = { status: number; headers: Headers; body: unknown };

/**
 * Parses the body as JSON; `value` is the text when it is not JSON or was cut off, and undefined when it is empty.
 */
export function parseAnswer({ body, isCut }: StepAnswer): { isJson: boolean; value: unknown } {
  if (body.trim() === '') return { isJson: true, value: undefined };
  if (isCut) return { isJson: false, value: body };
  try {
    return { isJson: true, value: JSON.parse(body) as unknown };
  } catch {
    return { isJson: false, value: body };
  }
}

/** Values and keys that one rule or field may visit. */
const MAX_VISITS = 50_000;

/** Paths come from providers and workflows, so there are few. */
export const compiledPath = remembered((path): CompiledPaths => compilePaths([path]), {
  maxTexts: 2_000,
  maxCharacters: 1_024,
});

/** The values at a path: several when it goes through lists or wildcards. */
export function valuesAt(tree: unknown, path: string): unknown[] {
  if (path === '') return [tree];
  const { matches } = readPaths(tree, compiledPath(path), createVisitBudget(MAX_VISITS));
  return (matches[0] ?? []).map(({ value }) => value);
}

export const readFrom =
  (tree: unknown): ReadField =>
  (field) => {
    const values = valuesAt(tree, field);
    return values.length > 1 ? values.flat() : values[0];
  };
