import {
  type IndicatorMapping,
  MAX_MATCHES_PER_PATH,
  MAX_VISITS_PER_ALERT,
  type SlicedWork,
  compilePaths,
  createVisitBudget,
  entriesOf,
  keysTo,
  walkPaths,
} from '@calseta/common';
import { type CompiledMappings, type ExtractionInput } from './extraction.js';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { MAX_MAPPED_VALUES } from '../values/limits.js';
import { type Collector } from './merge.js';
import { toPointer } from '../values/pointer.js';

/** Prepares mappings for extraction. */
export function compileMappings(mappings: readonly IndicatorMapping[]): CompiledMappings {
  const custom = mappings.filter(({ pass }) => pass === 'custom');
  return {
    system: mappings.filter(({ pass }) => pass === 'system'),
    custom,
    paths: compilePaths(custom.map(({ path }) => path)),
  };
}

type Input = Pick<ExtractionInput, 'mappings' | 'normalizedFields' | 'rawPayload'>;

/** Adds the values that system mappings point to. Values that are invalid for their type are ignored. */
export function collectNormalized(
  { mappings, normalizedFields }: Input,
  collector: Collector,
): void {
  for (const mapping of mappings.system) {
    const { path } = mapping;
    const values = Object.hasOwn(normalizedFields, path) ? [normalizedFields[path]].flat() : [];
    for (const value of values.slice(0, MAX_MATCHES_PER_PATH)) {
      if (typeof value === 'string')
        addMapped(mapping, value, () => `#/normalized/${path}`, collector);
    }
  }
}

export const MAPPING_NOTES = {
  visits: `Indicator mappings looked at ${MAX_VISITS_PER_ALERT} values and keys of the payload; the rest was not read.`,
  matches: `An indicator mapping leads to more than ${MAX_MATCHES_PER_PATH} values; the first were read.`,
  values: `Indicator mappings lead to more than ${MAX_MAPPED_VALUES} values; the first were read.`,
};

/** Takes about a millisecond. */
const VALUES_PER_SLICE = 100;

/** Adds the values that custom mappings point to. Returns notes about the limits that were reached. */
export function* collectMapped(
  { mappings, rawPayload }: Input,
  collector: Collector,
): SlicedWork<string[]> {
  const budget = createVisitBudget();
  const { matches, isOverflowing } = yield* walkPaths(rawPayload, mappings.paths, budget);
  let tried = 0;
  let isOverPath = isOverflowing;
  for (const [position, mapping] of mappings.custom.entries()) {
    if (tried > MAX_MAPPED_VALUES) break;
    const found = entriesOf(matches[position] ?? []);
    isOverPath ||= found.isOverflowing;
    for (const { value, place } of found.entries) {
      if (typeof value !== 'string') continue;
      tried += 1;
      if (tried > MAX_MAPPED_VALUES) break;
      if (tried % VALUES_PER_SLICE === 0) yield;
      addMapped(mapping, value, () => toPointer(keysTo(place)), collector);
    }
  }
  return [
    ...(budget.isCut ? [MAPPING_NOTES.visits] : []),
    ...(isOverPath ? [MAPPING_NOTES.matches] : []),
    ...(tried > MAX_MAPPED_VALUES ? [MAPPING_NOTES.values] : []),
  ];
}

function addMapped(
  mapping: IndicatorMapping,
  value: string,
  pointer: () => string,
  collector: Collector,
): void {
  const canonical = canonicalize(mapping.indicatorType, value);
  if (!canonical.ok) return;
  collector.add({
    type: mapping.indicatorType,
    canonical,
    role: mapping.role,
    provenance: {
      pass: mapping.pass,
      pointer: pointer(),
      mappingId: mapping.id,
      statedAs: value,
      span: [0, value.length],
    },
  });
}
