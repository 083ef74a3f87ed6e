import { type IndicatorType } from '@calseta/common';
import { MAX_FOUND_PER_TYPE } from '../values/limits.js';

/** Distinct values of one type that are counted; further ones are ignored. */
const MAX_COUNTED_PER_TYPE = 10 * MAX_FOUND_PER_TYPE;

export type DistinctValues = {
  /** Whether a value was seen before or its type still has room. */
  admits(type: IndicatorType, value: string): boolean;
};

/** Limits the work on payloads with very many distinct values. Repeated values always pass. */
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
