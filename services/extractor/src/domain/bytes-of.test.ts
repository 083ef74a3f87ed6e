import { type ExtractedIndicator } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { bytesOf } from './bytes-of.js';

const anIndicator = (more: Partial<ExtractedIndicator> = {}): ExtractedIndicator => ({
  type: 'url',
  value: 'x'.repeat(2_000),
  classification: 'public',
  isMalformed: false,
  provenance: [],
  ...more,
});

test('bytesOf counts the texts of an indicator and of its places, and something for each', () => {
  const place = { pass: 'text', pointer: 'p'.repeat(500), statedAs: 's'.repeat(500) } as const;
  expect(bytesOf([])).toBe(0);
  expect(bytesOf([anIndicator()])).toBe(2_150);
  expect(bytesOf([anIndicator({ displayValue: 'd'.repeat(1_000) })])).toBe(3_150);
  expect(bytesOf([anIndicator({ provenance: [place, place] }), anIndicator()])).toBe(6_600);
});
