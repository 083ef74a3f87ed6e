import { type Classification } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { isEnrichable } from './is-enrichable.js';

const subject = {
  type: 'ip',
  value: '198.51.100.7',
  classification: 'public',
  isMalformed: false,
} as const;
const local = { reach: 'local', supports: () => true } as const;
const outside = { reach: 'outside', supports: () => true } as const;
const settings = { isEnabled: true, indicatorTypes: [] };

describe('isEnrichable', () => {
  test('a public indicator goes to every provider that supports it', () => {
    expect(isEnrichable(subject, local, settings)).toBe(true);
    expect(isEnrichable(subject, outside, settings)).toBe(true);
    expect(isEnrichable(subject, { ...local, supports: () => false }, settings)).toBe(false);
  });

  test.each<Classification>([
    'private',
    'loopback',
    'documentation',
    'reserved',
    'internal',
    'constant',
    'builtin',
  ])('a %s one stays in the house', (classification) => {
    expect(isEnrichable({ ...subject, classification }, local, settings)).toBe(true);
    expect(isEnrichable({ ...subject, classification }, outside, settings)).toBe(false);
  });

  test('a malformed one goes to nobody', () => {
    expect(isEnrichable({ ...subject, isMalformed: true }, local, settings)).toBe(false);
  });

  test('settings switch a provider off or narrow its types', () => {
    expect(isEnrichable(subject, local, { ...settings, isEnabled: false })).toBe(false);
    expect(isEnrichable(subject, local, { isEnabled: true, indicatorTypes: ['url'] })).toBe(false);
    expect(isEnrichable(subject, local, { isEnabled: true, indicatorTypes: ['url', 'ip'] })).toBe(
      true,
    );
  });
});
