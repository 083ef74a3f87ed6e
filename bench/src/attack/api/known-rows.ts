import { callApi } from '../../system/call-api.js';
import { type Target } from '../target/start-target.js';

const MAX_KEPT = 40;
/** Fields by which other bodies and queries name a row: `agent_uuid` → one of `agents`. */
const COLLECTION_OF: Readonly<Record<string, string>> = {
  agent: 'agents',
  alert: 'alerts',
  workflow: 'workflows',
  run: 'workflow-runs',
  detection_rule: 'detection-rules',
};
const REFERENCE = /^(\w+)_uuids?$/;
const PARAMETER = /^\/v1\/(?:.*\/)?([\w-]+)\/\{(\w+)\}/;
const COLLECTION = /^\/v1\/(?:.*\/)?([\w-]+)$/;

/** Ids of rows that exist, or did a moment ago, learnt from the answers. */
export type KnownRows = {
  /** One of a collection (`agents`); undefined when none is known. */
  pick: (collection: string, index: number) => string | undefined;
  /** Keeps the ids of the rows in an answer of `/v1/agents` or `/v1/sources/{name}/url-tokens`. */
  learn: (path: string, answer: unknown) => void;
  /** The same value, with half of its references leading to rows that exist. */
  refer: (value: unknown) => unknown;
};

/** `fields` names the field that identifies a row of each collection; a row with a value of `spared` is not learnt. */
export function createKnownRows(
  fields: ReadonlyMap<string, string>,
  spared: readonly string[],
): KnownRows {
  const rows = new Map<string, string[]>();
  const pick = (collection: string, index: number): string | undefined => {
    const known = rows.get(collection) ?? [];
    return known[index % Math.max(1, known.length)];
  };
  const learn = (path: string, answer: unknown): void => {
    const collection = COLLECTION.exec(path)?.[1] ?? '';
    const field = fields.get(collection);
    if (field === undefined) return;
    const known = rows.get(collection) ?? [];
    for (const row of [answer].flat()) {
      const id = (row as Record<string, unknown> | null)?.[field];
      const isNew = typeof id === 'string' || typeof id === 'number';
      if (isNew && !spared.includes(String(id)) && !known.includes(String(id)))
        known.push(String(id));
    }
    rows.set(collection, known.slice(-MAX_KEPT));
  };
  const refer = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map((item) => refer(item, key));
    if (typeof value === 'string') return referOne(value, key);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, refer(inner, name)]),
    );
  };
  /** The first digit of a drawn uuid decides, so that a seed repeats the decision. */
  const referOne = (value: string, key: string): string => {
    const collection = COLLECTION_OF[REFERENCE.exec(key)?.[1] ?? ''];
    const digit = Number.parseInt(value.slice(0, 1), 16);
    return collection !== undefined && digit < 8 ? (pick(collection, digit) ?? value) : value;
  };
  return { pick, learn, refer };
}

/** The field by which a path names a row of each collection: `agents` → `uuid`, `sources` → `name`. */
export const identifyingFields = (paths: readonly string[]): Map<string, string> =>
  new Map(
    paths.flatMap((path) => {
      const [, collection = '', field = ''] = PARAMETER.exec(path) ?? [];
      return collection === '' ? [] : [[collection, field.replace(/^\w+_uuid$/, 'uuid')] as const];
    }),
  );

/** Lists every collection and keeps the ids of its newest rows. */
export async function learnAll(
  target: Target,
  rows: KnownRows,
  collections: readonly string[],
): Promise<void> {
  for (const path of collections)
    rows.learn(path, await callApi<unknown>(target, 'GET', `${path}?page_size=${MAX_KEPT}`));
}
