import { type Tlp } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { whySkipped } from './why-skipped.js';

const outside = { reach: 'outside' } as const;

describe('whySkipped', () => {
  test.each<[Tlp | undefined, Tlp, boolean]>([
    [undefined, 'CLEAR', false],
    ['CLEAR', 'CLEAR', false],
    ['GREEN', 'CLEAR', true],
    ['AMBER', 'AMBER', false],
    ['AMBER+STRICT', 'AMBER', true],
    ['RED', 'AMBER', true],
    ['RED', 'RED', false],
  ])('an alert of TLP %s at a provider up to %s is skipped: %s', (tlp, maxTlp, isSkipped) => {
    expect(whySkipped(outside, { maxTlp }, { tlp }) !== undefined).toBe(isSkipped);
  });

  test('names both levels', () => {
    expect(whySkipped(outside, { maxTlp: 'GREEN' }, { tlp: 'RED' })).toBe(
      'The alert is TLP:RED; the provider is told of alerts up to TLP:GREEN.',
    );
  });

  test('what stays in the house is looked up whatever the TLP', () => {
    expect(whySkipped({ reach: 'local' }, { maxTlp: 'CLEAR' }, { tlp: 'RED' })).toBeUndefined();
  });

  test('a known role has to be one of those of the provider', () => {
    const sources = { roles: ['source'] } as const;
    expect(whySkipped(outside, sources, { role: 'destination' })).toContain('`destination`');
    expect(whySkipped(outside, sources, { role: 'source' })).toBeUndefined();
    expect(whySkipped(outside, sources, {})).toBeUndefined();
    expect(whySkipped(outside, { roles: [] }, { role: 'destination' })).toBeUndefined();
  });
});
