import { type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/** Addresses by lower-case name. */
export type Hosts = ReadonlyMap<string, readonly LookupAddress[]>;

/** Parses a hosts file: an address, its names, and comments after `#`. Invalid addresses are skipped. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, LookupAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names.map((written) => written.toLowerCase())) {
      const addresses = hosts.get(name) ?? [];
      hosts.set(name, addresses);
      if (!addresses.some((known) => known.address === address))
        addresses.push({ address, family });
    }
  }
  return hosts;
}
