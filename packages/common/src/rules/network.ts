import { BlockList, isIP } from 'node:net';

/** Decides whether an address is in a network. */
export type NetworkTest = (address: string) => boolean;

const MAX_PREFIX = { 4: 32, 6: 128 } as const;

/**
 * Reads a network such as `10.0.0.0/8`; an address alone is a network of one. Undefined for anything else. An IPv4
 * address that is written as IPv6 (`::ffff:10.0.0.1`) is in the network of its IPv4 address.
 */
export function compileNetwork(text: string): NetworkTest | undefined {
  const [address = '', prefix, ...more] = text.trim().split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || more.length > 0) return undefined;
  const bits = prefix === undefined ? MAX_PREFIX[family] : toBits(prefix);
  if (bits === undefined || bits > MAX_PREFIX[family]) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, nameOf(family));
  return (candidate) => {
    const trimmed = candidate.trim();
    const candidateFamily = isIP(trimmed);
    return (
      (candidateFamily === 4 || candidateFamily === 6) &&
      list.check(trimmed, nameOf(candidateFamily))
    );
  };
}

const toBits = (text: string): number | undefined =>
  /^\d{1,3}$/.test(text) ? Number(text) : undefined;

const nameOf = (family: 4 | 6) => (family === 4 ? 'ipv4' : 'ipv6');
