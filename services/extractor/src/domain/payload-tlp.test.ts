import { describe, expect, test } from '@jest/globals';
import { MAX_TLP_KEYS, payloadTlp } from './payload-tlp.js';

describe('payloadTlp', () => {
  test.each([
    [{ tlp: 'amber' }, 'AMBER'],
    [{ TLP: 'TLP:AMBER+STRICT' }, 'AMBER+STRICT'],
    [{ tlp: 'White' }, 'CLEAR'],
    [{ tlp: 2 }, 'AMBER'],
    [{ tlp: '3' }, 'RED'],
    [{ event: { tlp_level: 'green' } }, 'GREEN'],
    [{ 'threat.indicator.marking.tlp': 'RED' }, 'RED'],
    [{ object: { properties: { tlp: 'red' } } }, 'RED'],
    [{ tags: ['phishing', 'tlp:green', 'tlp:amber'] }, 'AMBER'],
    [{ tags: 'phishing, TLP:RED' }, 'RED'],
    [{ Event: { Tag: [{ name: 'tlp:amber' }] } }, 'AMBER'],
    [{ tlp: 'green', tags: ['tlp:red'] }, 'RED'],
    [{ tags: ['red', 'amber'] }, undefined],
    [{ tlp: 'unknown' }, undefined],
    [{ a: { b: { c: { tlp: 'red' } } } }, undefined],
    ['tlp:red', undefined],
    [null, undefined],
  ])('reads %j as %j', (payload, expected) => {
    expect(payloadTlp(payload)).toBe(expected);
  });

  test('looks at a bounded number of keys', () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
    expect(payloadTlp({ ...keys(MAX_TLP_KEYS - 1), tlp: 'red' })).toBe('RED');
    expect(payloadTlp({ ...keys(MAX_TLP_KEYS), tlp: 'red' })).toBeUndefined();
  });
});
