import { describe, expect, test } from '@jest/globals';
import { MAX_ORGANIZATION_CHARS, parseIpIntelLine } from './parse-ip-intel.js';
import { parseNetwork } from '@calseta/indicators';

describe('parseIpIntelLine', () => {
  test.each([
    [
      '198.51.100.0/24,AS64500,"Example, Inc.",de\r',
      { asn: 64500, organization: 'Example, Inc.', country: 'DE' },
    ],
    ['198.51.100.0/24,64501,,', { asn: 64501 }],
    ['198.51.100.0/24', {}],
    ['198.51.100.0/24,ASX,,Germany', {}],
    [`198.51.100.0/24,,${'x'.repeat(999)}`, { organization: 'x'.repeat(MAX_ORGANIZATION_CHARS) }],
  ])('reads what makes sense of %s', (line, value) => {
    expect(parseIpIntelLine(line)).toEqual({ network: parseNetwork('198.51.100.0/24'), value });
  });

  test.each(['', '  ', '# comment', 'cidr,asn,org,country', '\uFEFFCIDR,asn'])(
    'passes over "%s"',
    (line) => {
      expect(parseIpIntelLine(line)).toBe('nothing');
    },
  );

  test.each(['nonsense', '999.1.1.1/8,1', ',1'])('refuses %s', (line) => {
    expect(parseIpIntelLine(line)).toBe('bad');
  });
});
