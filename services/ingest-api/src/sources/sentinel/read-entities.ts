import { ownKey, valueAt } from '../reading/keys.js';
import { childOf, elementsOf, isRecord, type Located, parseEmbedded } from '../reading/located.js';

/** One Sentinel entity, in any of the five notations. */
export type SentinelEntity = { kind: string; at: Located };

const MAX_ENTITIES = 1000;
const MAX_NESTING = 6;

/**
 * All entities in a list of `{Type, …}`, `{kind, properties}` or `[kind, {…}]`, in an object keyed by kind, or in
 * any of these as JSON text, including entities inside entities. A bare `{$ref}` is skipped, since its target is
 * read where it is defined.
 */
export function readEntities(listed: Located): SentinelEntity[] {
  const entities: SentinelEntity[] = [];
  const at = parseEmbedded(listed);
  if (isRecord(at.value) && kindOf(at.value) === undefined) {
    for (const kind of Object.keys(at.value)) {
      for (const entity of elementsOf(childOf(at, kind))) collect(entity, kind, entities, 0);
    }
    return entities;
  }
  for (const element of elementsOf(at)) collectElement(element, entities, 0);
  return entities;
}

function collectElement(element: Located, entities: SentinelEntity[], nesting: number): void {
  const at = parseEmbedded(element);
  if (Array.isArray(at.value)) {
    const [kind] = at.value as unknown[];
    if (typeof kind === 'string') collect(childOf(at, 1), kind, entities, nesting);
    return;
  }
  if (!isRecord(at.value)) return;
  const kind = kindOf(at.value);
  if (kind !== undefined) collect(at, kind, entities, nesting);
}

function collect(entity: Located, kind: string, entities: SentinelEntity[], nesting: number): void {
  if (!isRecord(entity.value) || entities.length >= MAX_ENTITIES || nesting > MAX_NESTING) return;
  const key = ownKey(entity.value, 'properties');
  const holder = key === undefined ? entity : childOf(entity, key);
  const inner = isRecord(holder.value) ? holder : entity;
  entities.push({ kind: kind.toLowerCase().replaceAll(/[^a-z]/g, ''), at: inner });
  for (const key of Object.keys(inner.value as Record<string, unknown>)) {
    for (const nested of elementsOf(childOf(inner, key))) {
      if (isRecord(nested.value)) collectElement(nested, entities, nesting + 1);
    }
  }
}

/** `kind`, else `Type` unless that is the resource type of the API. */
function kindOf(record: Record<string, unknown>): string | undefined {
  for (const key of ['kind', 'type', 'EntityType']) {
    const kind = valueAt(record, key);
    if (typeof kind === 'string' && kind !== '' && !kind.includes('/')) return kind;
  }
  return undefined;
}
