import { describe, expect, test } from '@jest/globals';
import { generateApiKey, hashApiKey, parseApiKey } from './api-key.js';

describe('generateApiKey', () => {
  test('makes cai_<16>_<43> that parses to its own id and hash', () => {
    for (let round = 0; round < 50; round += 1) {
      const { id, key, hash } = generateApiKey();
      expect(key).toMatch(/^cai_[\w-]{16}_[\w-]{43}$/);
      expect(parseApiKey(key)).toEqual({ id, hash });
    }
  });
});

describe('parseApiKey', () => {
  test('takes a chosen key of 32 characters and derives an id of 16', () => {
    const key = `cai_${'k'.repeat(28)}`;
    const parsed = parseApiKey(key);
    expect(parsed?.id).toMatch(/^[\w-]{16}$/);
    expect(parsed?.hash).toEqual(hashApiKey(key));
    expect(parseApiKey(key)).toEqual(parsed);
  });

  test.each([
    '',
    'cai_',
    `cai_${'k'.repeat(27)}`,
    `cai_${'k'.repeat(253)}`,
    `sk_${'k'.repeat(40)}`,
    `cai_${'k'.repeat(28)} `,
    `cai_${'k'.repeat(28)}\n`,
    `cai_${'ü'.repeat(28)}`,
  ])('refuses %j', (key) => {
    expect(parseApiKey(key)).toBeNull();
  });
});
