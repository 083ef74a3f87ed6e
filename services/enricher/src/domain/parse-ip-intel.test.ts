import { describe, expect, test } from '@jest/globals';
import { parseIpIntel } from './parse-ip-intel.js';

describe('parseIpIntel', () => {
  test('reads networks with what is known of them, the narrowest first', () => {
    const { table, badLines } = parseIpIntel(
      'cidr,asn,org,country\n# comment\n198.51.100.0/24,AS64500,"Example, Inc.",de\r\n198.51.0.0/16,64501,,\n2001:db8::/32,,Six,',
    );
    expect(badLines).toBe(0);
    expect(table.find('198.51.100.7')?.value).toEqual({
      asn: 64500,
      organization: 'Example, Inc.',
      country: 'DE',
    });
    expect(table.find('198.51.7.7')?.value).toEqual({ asn: 64501 });
    expect(table.find('2001:db8::1')?.value).toEqual({ organization: 'Six' });
    expect(table.find('203.0.113.1')).toBeUndefined();
  });

  test('counts what it cannot read, and leaves out facts that make no sense', () => {
    const { table, badLines } = parseIpIntel(
      'nonsense\n999.1.1.1/8,1\n198.51.100.0/24,ASX,,Germany',
    );
    expect(badLines).toBe(2);
    expect(table.find('198.51.100.7')?.value).toEqual({});
  });
});
