import { expect, test } from '@jest/globals';
import { POOL_BYTES, randomBytes } from './random-bytes.js';

test('gives no byte out twice, also where the pool is filled again', () => {
  const taken = Array.from({ length: (4 * POOL_BYTES) / 16 }, () =>
    randomBytes(16).toString('hex'),
  );
  expect(new Set(taken).size).toBe(taken.length);
  // More than one pool in a row that does not divide it.
  const odd = Array.from({ length: POOL_BYTES / 24 }, () => randomBytes(24).toString('hex'));
  expect(new Set(odd).size).toBe(odd.length);
  expect(randomBytes(24)).toHaveLength(24);
});
