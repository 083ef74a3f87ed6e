import { canonicalize } from './canonicalize/canonicalize.js';
import type { ExtractionInput, IndicatorMapping, Provenance } from './extracted-indicator.js';
import { MAX_MATCHES_PER_MAPPING } from './limits.js';
import type { Collector } from './merge.js';
import { childPointer } from './pointer.js';
import { type PathMatch, readPath } from './read-path.js';

/** Takes what the mappings of one pass point to; a value that is not valid for its type is left out. */
export function collectMapped(
  pass: IndicatorMapping['pass'],
  input: Pick<ExtractionInput, 'mappings' | 'normalizedFields' | 'rawPayload'>,
  collector: Collector,
): void {
  for (const mapping of input.mappings) {
    if (mapping.pass !== pass) continue;
    const matches =
      pass === 'system'
        ? readNormalized(input.normalizedFields, mapping.path)
        : readPath(input.rawPayload, mapping.path);
    for (const match of matches.flatMap(entriesOf).slice(0, MAX_MATCHES_PER_MAPPING)) {
      addMapped(mapping, match, collector);
    }
  }
}

function readNormalized(fields: ExtractionInput['normalizedFields'], field: string): PathMatch[] {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  return value === undefined ? [] : [{ value, pointer: `#/normalized/${field}` }];
}

function entriesOf({ value, pointer }: PathMatch): PathMatch[] {
  if (!Array.isArray(value)) return [{ value, pointer }];
  const isNormalized = pointer.startsWith('#');
  return (value as unknown[]).map((entry, index) => ({
    value: entry,
    pointer: isNormalized ? pointer : childPointer(pointer, index),
  }));
}

function addMapped(
  mapping: IndicatorMapping,
  { value, pointer }: PathMatch,
  collector: Collector,
): void {
  if (typeof value !== 'string') return;
  const canonical = canonicalize(mapping.indicatorType, value);
  if (!canonical.ok) return;
  const provenance: Provenance = {
    pass: mapping.pass,
    pointer,
    mappingId: mapping.id,
    statedAs: value,
  };
  collector.add({ type: mapping.indicatorType, canonical, role: mapping.role, provenance });
}
