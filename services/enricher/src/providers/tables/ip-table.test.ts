import { describe, expect, test } from '@jest/globals';
import { parseNetwork } from '@calseta/indicators';
import { createIpTable } from './ip-table.js';

type Random = (below: number) => number;

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

  test.each([
    ['IPv4', 32, (random: Random) => `${random(4)}.${random(4)}.${random(4)}.${random(256)}`],
    [
      'IPv6',
      128,
      (random: Random) => `${random(2)}:${random(2)}:8000:${random(2)}::${random(2)}:${random(16)}`,
    ],
  ])('agrees with a plain scan over random networks of %s', (_, bits, anAddress) => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const networks = Array.from({ length: 2_000 }, () =>
      parseNetwork(`${anAddress(random)}/${bits - random(bits + 1)}`)!,
    );
    const table = createIpTable(networks.map((network, value) => ({ network, value })));
    for (let round = 0; round < 500; round++) {
      const address = anAddress(random);
      const { start } = parseNetwork(address)!;
      const holding = networks.flatMap((network, value) =>
        network.start <= start && start <= network.end ? [{ ...network, value }] : [],
      );
      const widest = Math.max(...holding.map(({ prefixLength }) => prefixLength));
      const last = holding.findLast(({ prefixLength }) => prefixLength === widest);
      expect(table.find(address)).toEqual(
        last && { value: last.value, prefixLength: last.prefixLength },
      );
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
