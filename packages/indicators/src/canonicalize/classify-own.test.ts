import { type IndicatorType } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { classifyOwn } from './classify-own.js';

const OWN = new Set(['company.com', 'corp-net.eu']);

test.each<[IndicatorType, string, 'internal' | 'public']>([
  ['domain', 'company.com', 'internal'],
  ['domain', 'vpn.emea.company.com', 'internal'],
  ['domain', 'notcompany.com', 'public'],
  ['domain', 'company.com.evil.io', 'public'],
  ['url', 'https://wiki.corp-net.eu:8443/x?y=company.com', 'internal'],
  ['url', 'https://evil.io/company.com', 'public'],
  ['email', 'jdoe@company.com', 'internal'],
  ['account', 'jdoe@emea.company.com', 'internal'],
  ['account', 'company\\jdoe', 'public'],
  ['ip', '8.8.8.8', 'public'],
])('classifyOwn takes %s %s for %s', (type, value, classification) => {
  expect(classifyOwn({ type, value, classification: 'public' }, OWN).classification).toBe(
    classification,
  );
});

test('classifyOwn leaves what is not public as it is', () => {
  const documentation = {
    type: 'domain',
    value: 'company.com',
    classification: 'reserved',
  } as const;
  expect(classifyOwn(documentation, OWN)).toBe(documentation);
});
