import {
  type CompiledPaths,
  compilePaths,
  createVisitBudget,
  type ReadField,
  readPaths,
} from '@calseta/common';
import { type Headers } from './wait-hint.js';

/** What came back from a request; header names in lower case. */
export type StepAnswer = { status: number; headers: Headers; body: string; isCut?: boolean };

/** An answer as rules and fields see it. `body` is undefined when there is none, and the text when it is not JSON. */
export type AnswerTree = { status: number; headers: Headers; body: unknown };

/** Reads the body as JSON where it is; undefined says that it claims to be something, and is not JSON. */
export function parseBody({ body, isCut }: StepAnswer): { isJson: boolean; value: unknown } {
  if (body.trim() === '') return { isJson: true, value: undefined };
  if (isCut) return { isJson: false, value: body };
  try {
    return { isJson: true, value: JSON.parse(body) as unknown };
  } catch {
    return { isJson: false, value: body };
  }
}

/** Values and keys that one rule or field may look at. */
const MAX_VISITS = 50_000;

const compiled = new Map<string, CompiledPaths>();
/** Paths of providers and workflows, which are few; a forgotten one is compiled again. */
const MAX_COMPILED = 2_000;

export function compiledPath(path: string): CompiledPaths {
  const known = compiled.get(path);
  if (known) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const paths = compilePaths([path]);
  compiled.set(path, paths);
  return paths;
}

/** What a path leads to: one value, or the list of all when it leads through lists or wildcards to several. */
export function valuesAt(tree: unknown, path: string): unknown[] {
  if (path === '') return [tree];
  const { matches } = readPaths(tree, compiledPath(path), createVisitBudget(MAX_VISITS));
  return (matches[0] ?? []).map(({ value }) => value);
}

/** Reads fields of a tree for rules. */
export const readFrom =
  (tree: unknown): ReadField =>
  (field) => {
    const values = valuesAt(tree, field);
    return values.length > 1 ? values.flat() : values[0];
  };
