import { type Network, parseAddress } from '@calseta/indicators';

type Row<T> = Network & { value: T };

/**
 * Finds the most specific network with an address, by binary search over sorted arrays with links to wider
 * networks.
 */
export type IpTable<T> = {
  find(address: string): { value: T; prefixLength: number } | undefined;
  size: number;
};

/** Builds the table; of equal networks the last one counts. */
export function createIpTable<T>(entries: Iterable<{ network: Network; value: T }>): IpTable<T> {
  const ipv4: Row<T>[] = [];
  const ipv6: Row<T>[] = [];
  for (const { network, value } of entries)
    (network.isIpv6 ? ipv6 : ipv4).push({ ...network, value });
  const searchIpv4 = createSearch(ipv4);
  const searchIpv6 = createSearch(ipv6);
  return {
    size: ipv4.length + ipv6.length,
    find(address) {
      const parsed = parseAddress(address);
      if (!parsed) return undefined;
      return (parsed.isIpv6 ? searchIpv6 : searchIpv4)(parsed.value);
    },
  };
}

function createSearch<T>(rows: Row<T>[]): (value: bigint) => Row<T> | undefined {
  rows.sort((a, b) => compare(a.start, b.start) || a.prefixLength - b.prefixLength);
  const parents = linkToWider(rows);
  return (value) => {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.start ?? 0n) <= value) low = middle + 1;
      else high = middle;
    }
    let index = low - 1;
    while (index >= 0 && (rows[index]?.end ?? 0n) < value) index = parents[index] ?? -1;
    return rows[index];
  };
}

/** Links each row to the narrowest wider network. Networks are nested or disjoint, so a stack finds it. */
function linkToWider(rows: readonly Row<unknown>[]): Int32Array {
  const parents = new Int32Array(rows.length);
  const open: number[] = [];
  rows.forEach((row, index) => {
    while (open.length > 0 && (rows[open.at(-1) ?? 0]?.end ?? 0n) < row.start) open.pop();
    parents[index] = open.at(-1) ?? -1;
    open.push(index);
  });
  return parents;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
