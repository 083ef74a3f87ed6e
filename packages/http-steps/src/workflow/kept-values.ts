import { type WorkflowDefinition } from './workflow-schema.js';
import { textsIn } from '../redact/redact-keys.js';
import { fieldsOf } from '@calseta/common';

/** Paths in the answer of each step that later steps read. */
export type KeptPaths = ReadonlyMap<string, readonly (readonly string[])[]>;

const PLACEHOLDER = /\{\{\s*steps\.([A-Za-z0-9_.@$-]+)/g;
/** Where the paths of rules go through lists. */
const THROUGH_A_LIST = /[[*]/;

/** Reads from a definition what has to be kept of each answer. */
export function keptPathsOf({ steps, auth }: WorkflowDefinition): KeptPaths {
  const paths = new Map<string, string[][]>();
  const named = [
    ...textsIn([steps, auth]).flatMap((text) =>
      [...text.matchAll(PLACEHOLDER)].map(([, path = '']) => path.split('.')),
    ),
    ...steps.flatMap(({ skip_if: rule }) =>
      rule
        ? fieldsOf(rule).flatMap((field) => (field.startsWith('steps.') ? [simple(field)] : []))
        : [],
    ),
  ];
  for (const [step = '', ...path] of named) paths.set(step, [...(paths.get(step) ?? []), path]);
  return paths;
}

/** `steps.resolve.body.groups[0].name` → resolve, body, groups. */
function simple(field: string): string[] {
  const parts = field.split('.').slice(1);
  const end = parts.findIndex((part) => THROUGH_A_LIST.test(part));
  if (end === -1) return parts;
  const last = parts[end]?.split(/[[*]/)[0] ?? '';
  return [...parts.slice(0, end), ...(last === '' ? [] : [last])];
}

/** The parts of an answer at these paths, in the same shape; lists are kept with gaps as null. */
export function pick(tree: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some(({ length }) => length === 0)) return tree;
  if (typeof tree !== 'object' || tree === null) return undefined;
  const rest = new Map<string, (readonly string[])[]>();
  for (const [key = '', ...path] of paths) rest.set(key, [...(rest.get(key) ?? []), path]);
  const entries = [...rest].flatMap(([key, deeper]) => {
    if (!Object.hasOwn(tree, key)) return [];
    const value = pick((tree as Record<string, unknown>)[key], deeper);
    return value === undefined ? [] : [[key, value] as const];
  });
  if (!Array.isArray(tree)) return Object.fromEntries(entries);
  const list: unknown[] = [];
  for (const [key, value] of entries) if (Number(key) < MAX_KEPT_INDEX) list[Number(key)] = value;
  return Array.from(list, (value) => value ?? null);
}

/** Entries of a list beyond are not kept. */
const MAX_KEPT_INDEX = 100;
