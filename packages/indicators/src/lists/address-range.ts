import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A range of addresses. */
export type Network = { isIpv6: boolean; start: bigint; end: bigint; prefixLength: number };

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

/** An address as a number; undefined for other text. */
export function parseAddress(text: string): { isIpv6: boolean; value: bigint } | undefined {
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
