import { type Network, parseAddress } from '@calseta/indicators';
import { createNetworkRows, type NetworkRows } from './network-rows.js';

/** Finds the most specific network with an address. */
export type IpTable<T> = {
  find(address: string): { value: T; prefixLength: number } | undefined;
  size: number;
};

export type IpTableBuilder<T> = {
  add(network: Network, value: T): void;
  size(): number;
  /** The table of what was added; of equal networks the last one counts. */
  build(): IpTable<T>;
};

/** Gathers the networks of a table in little memory. Equal values should be the same object. */
export function createIpTableBuilder<T>(): IpTableBuilder<T> {
  const ipv4 = createNetworkRows<T>(32);
  const ipv6 = createNetworkRows<T>(128);
  return {
    add({ isIpv6, start, prefixLength }, value) {
      (isIpv6 ? ipv6 : ipv4).add(start, prefixLength, value);
    },
    size: () => ipv4.size() + ipv6.size(),
    build: () => toTable(ipv4, ipv6),
  };
}

/** Builds the table of the entries. */
export function createIpTable<T>(entries: Iterable<{ network: Network; value: T }>): IpTable<T> {
  const builder = createIpTableBuilder<T>();
  for (const { network, value } of entries) builder.add(network, value);
  return builder.build();
}

function toTable<T>(ipv4: NetworkRows<T>, ipv6: NetworkRows<T>): IpTable<T> {
  const size = ipv4.size() + ipv6.size();
  const findIpv4 = ipv4.index();
  const findIpv6 = ipv6.index();
  return {
    size,
    find(address) {
      const parsed = parseAddress(address);
      return parsed && (parsed.isIpv6 ? findIpv6 : findIpv4)(parsed.value);
    },
  };
}
