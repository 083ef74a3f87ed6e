import { describe, expect, test } from '@jest/globals';
import { parseNetwork } from '@calseta/indicators';
import { createIpTable } from './ip-table.js';

const table = createIpTable(
  ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '0.0.0.0/0', '2001:db8::/32', '2001:db8:1::/48'].map(
    (network) => ({ network: parseNetwork(network)!, value: network }),
  ),
);

describe('createIpTable', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.4', '10.1.0.0/16'],
    ['10.1.255.255', '10.1.0.0/16'],
    ['10.2.0.0', '10.0.0.0/8'],
    ['11.0.0.0', '0.0.0.0/0'],
    ['2001:db8:1::7', '2001:db8:1::/48'],
    ['2001:db8:2::7', '2001:db8::/32'],
    ['2001:db9::', undefined],
    ['not an address', undefined],
  ])('finds the narrowest network of %s: %s', (address, expected) => {
    expect(table.find(address)?.value).toBe(expected);
  });

  test('agrees with a plain scan over random networks', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const networks = Array.from(
      { length: 300 },
      () => `${random(4)}.${random(4)}.${random(4)}.${random(256)}/${random(33)}`,
    );
    const random300 = createIpTable(
      networks.map((network) => ({ network: parseNetwork(network)!, value: network })),
    );
    for (let round = 0; round < 500; round++) {
      const address = `${random(5)}.${random(5)}.${random(4)}.${random(256)}`;
      const value = parseNetwork(address)!.start;
      const holding = networks
        .map((network) => parseNetwork(network)!)
        .filter(({ start, end }) => start <= value && value <= end)
        .map(({ prefixLength }) => prefixLength);
      const widest = holding.length === 0 ? undefined : Math.max(...holding);
      expect(random300.find(address)?.prefixLength).toBe(widest);
    }
  });
});

describe('parseNetwork', () => {
  test.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '1.2.3.4/8/8',
    '1.2.3.4/x',
    '::/129',
    '',
    'example.com',
    '010.1.1.1/8',
  ])('refuses %s', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  test('clears host bits', () => {
    expect(parseNetwork('10.1.2.3/8')).toEqual(parseNetwork('10.0.0.0/8'));
  });
});
