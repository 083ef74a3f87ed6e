import { describe, expect, test } from '@jest/globals';
import { validate, version } from 'uuid';
import { newUuid } from './ids.js';

describe('newUuid', () => {
  test('makes ids that differ and sort by when they were made', () => {
    const made = Array.from({ length: 10_000 }, newUuid);
    expect(new Set(made).size).toBe(made.length);
    expect(made.toSorted()).toEqual(made);
  });

  test('is a UUID of version 7 with the time in front', () => {
    const id = newUuid();
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    const madeAt = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(Math.abs(Date.now() - madeAt)).toBeLessThan(1_000);
  });
});
