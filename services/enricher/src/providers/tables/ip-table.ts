import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A range of addresses. */
export type Network = { isIpv6: boolean; start: bigint; end: bigint; prefixLength: number };

type Row<T> = Network & { value: T };

/**
 * Finds the most specific network with an address, by binary search over sorted arrays with links to wider
 * networks.
 */
export type IpTable<T> = {
  find(address: string): { value: T; prefixLength: number } | undefined;
  size: number;
};

/** Reads `10.0.0.0/8` or a single address; undefined for other text. Host bits may be set. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...rest] = text.trim().split('/');
  const parsed = parseAddress(address);
  if (!parsed || rest.length > 0) return undefined;
  const bits = parsed.isIpv6 ? 128 : 32;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return undefined;
  const prefixLength = prefix === undefined ? bits : Number(prefix);
  if (prefixLength > bits) return undefined;
  const hostBits = BigInt(bits - prefixLength);
  const start = (parsed.value >> hostBits) << hostBits;
  return { isIpv6: parsed.isIpv6, start, end: start + (1n << hostBits) - 1n, prefixLength };
}

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

function parseAddress(text: string): { isIpv6: boolean; value: bigint } | undefined {
  switch (isIP(text)) {
    case 4: {
      const value = text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      return { isIpv6: false, value: BigInt(value) };
    }
    case 6:
      return { isIpv6: true, value: ipv6ToBigInt(text) };
    default:
      return undefined;
  }
}

/** Ignores a zone (`%eth0`). */
function ipv6ToBigInt(text: string): bigint {
  const bytes = ipaddr.IPv6.parse(text.replace(/%.*/, '')).toByteArray();
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
