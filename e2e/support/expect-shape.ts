import { expect } from '@jest/globals';

/** Keys whose values may be anything: a payload of the source, results by provider. */
const OPEN_KEYS = new Set(['raw_payload', 'enrichment_results']);

/** Every key of the sample exists with a value of the same type; of lists the first entry is compared. */
export function expectShape(actual: unknown, sample: unknown, path = ''): void {
  expect([path, typeName(actual)]).toEqual([path, typeName(sample)]);
  if (Array.isArray(sample)) {
    if (sample.length === 0) return;
    expect([path, (actual as unknown[]).length > 0]).toEqual([path, true]);
    expectShape((actual as unknown[])[0], sample[0], `${path}/0`);
  } else if (sample !== null && typeof sample === 'object') {
    for (const [key, value] of Object.entries(sample)) {
      const present = (actual as Record<string, unknown>)[key];
      if (OPEN_KEYS.has(key))
        expect([`${path}/${key}`, typeName(present)]).toEqual([`${path}/${key}`, 'object']);
      else expectShape(present, value, `${path}/${key}`);
    }
  }
}

const typeName = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
