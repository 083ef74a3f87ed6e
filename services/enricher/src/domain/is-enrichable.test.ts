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
const directory = { reach: 'directory', supports: () => true } as const;
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

  test.each(['account', 'email'] as const)('an %s goes to the own directory alone', (type) => {
    const person = { ...subject, type, value: 'jane@contoso.example' };
    expect(isEnrichable(person, outside, settings)).toBe(false);
    expect(isEnrichable(person, directory, settings)).toBe(true);
    expect(isEnrichable({ ...person, classification: 'internal' }, directory, settings)).toBe(true);
    expect(isEnrichable({ ...person, classification: 'builtin' }, directory, settings)).toBe(false);
    expect(isEnrichable(subject, directory, settings)).toBe(false);
  });

  test.each([
    ['http://a.example/?q=1', true],
    ['http://user:redacted@a.example/', false],
    ['http://a.example/?access_token=1', false],
    ['http://a.example/?x=1&api_key=1', false],
    ['http://a.example/reset?code=1', false],
    ['http://a.example/?monkey=1', true],
  ])('%s goes outside: %s', (value, expected) => {
    expect(isEnrichable({ ...subject, type: 'url', value }, outside, settings)).toBe(expected);
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
