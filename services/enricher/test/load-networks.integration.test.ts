import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { IP_INTEL_LIMITS, loadNetworks } from '../src/providers/ip-intel/load-networks.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ip-intel-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function loaded(lines: readonly string[], limits: Partial<typeof IP_INTEL_LIMITS> = {}) {
  const path = join(folder, 'networks.csv');
  await writeFile(path, lines.join('\n'));
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (event: string) => void warnings.push(event) };
  const table = await loadNetworks(path, log, { ...IP_INTEL_LIMITS, ...limits });
  return { table, warnings };
}

const LINES = [
  'cidr,asn,org,country',
  '192.0.2.0/24,64500,Example Hosting,DE',
  '198.51.100.0/24,64501,"Example, Inc.",US',
  '2001:db8::/32,64500,Example Hosting,DE',
];

describe('loadNetworks', () => {
  test('keeps equal owners once', async () => {
    const { table, warnings } = await loaded(LINES);
    const owner = table.find('192.0.2.7')?.value;
    expect(owner).toEqual({ asn: 64500, organization: 'Example Hosting', country: 'DE' });
    expect(table.find('2001:db8::7')?.value).toBe(owner);
    expect(table.find('198.51.100.7')?.value.organization).toBe('Example, Inc.');
    expect(table.find('203.0.113.7')).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test.each([
    ['networks', { maxNetworks: 3 }, 3, []],
    ['networks', { maxNetworks: 2 }, 2, ['ip_intel.too_large']],
    ['owners', { maxOwners: 2 }, 3, []],
    ['owners', { maxOwners: 1 }, 1, ['ip_intel.too_large']],
  ])(
    'reads as many %s as %j allows, and says when there are more',
    async (_, limits, size, said) => {
      const { table, warnings } = await loaded(LINES, limits);
      expect(table.size).toBe(size);
      expect(warnings).toEqual(said);
    },
  );

  test('refuses a file of too many bytes, and says how many lines it cannot read', async () => {
    await expect(loaded(LINES, { maxBytes: 10 })).rejects.toThrow('exceeds 10 bytes');
    expect((await loaded(['nonsense', ...LINES])).warnings).toEqual(['ip_intel.bad_lines']);
  });
});
