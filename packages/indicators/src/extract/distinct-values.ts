import { type IndicatorType } from '@calseta/common';
import { MAX_FOUND_PER_TYPE } from '../values/limits.js';

/** Beyond the cap of a type by this much, other values of it are not even counted any more. */
const MAX_COUNTED_PER_TYPE = 10 * MAX_FOUND_PER_TYPE;

export type DistinctValues = {
  /** Whether a value is one of those seen, or there is room for another of its type. */
  admits(type: IndicatorType, value: string): boolean;
};

/** Keeps the work on a payload that is one long list of values within bounds; repeats always pass. */
export function createDistinctValues(): DistinctValues {
  const seen = new Map<IndicatorType, Set<string>>();
  return {
    admits(type, value) {
      const values = seen.get(type) ?? new Set();
      if (values.size === 0) seen.set(type, values);
      if (values.size >= MAX_COUNTED_PER_TYPE) return values.has(value);
      values.add(value);
      return true;
    },
  };
}
