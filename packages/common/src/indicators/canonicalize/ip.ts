import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Classification } from '../extracted-indicator.js';
import { type Canonical, type Invalid, invalid } from './canonical.js';

/** The last character of IPv4, or the colon of IPv6: turns most names away at once. */
const MAY_BE_IP = /\d$|:/;
const BRACKETED = /^\[([^\]]{2,64})\](?::\d{1,5})?$/;
const PORT = /^([\d.]{7,15}):\d{1,5}$/;
const HOST_MASK = /\/(?:32|128)$/;
const ZONE = /%[\w.~-]{1,32}$/;

const DOCUMENTATION = [
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '2001:db8::/32',
  '3fff::/20',
].map((cidr) => ipaddr.parseCIDR(cidr));

const RANGE_CLASSES: Readonly<Record<string, Classification>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link_local',
  carrierGradeNat: 'carrier_grade_nat',
  multicast: 'multicast',
};

/** IPv4 in four decimal octets, IPv6 as RFC 5952 writes it, an IPv4-mapped address as IPv4. */
export function canonicalizeIp(text: string): Canonical | Invalid {
  if (!MAY_BE_IP.test(text)) return invalid;
  const bare = (BRACKETED.exec(text)?.[1] ?? PORT.exec(text)?.[1] ?? text)
    .replace(HOST_MASK, '')
    .replace(ZONE, '');
  const family = isIP(bare);
  if (family === 0) return invalid;
  const parsed = ipaddr.process(bare);
  const value = parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
  return { ok: true, value, classification: classifyIp(parsed) };
}

function classifyIp(address: ipaddr.IPv4 | ipaddr.IPv6): Classification {
  const isDocumentation = DOCUMENTATION.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
  return isDocumentation ? 'documentation' : (RANGE_CLASSES[address.range()] ?? 'reserved');
}

/** 0.0.0.0, :: and the broadcast address say "none" or "all": they name no party. */
export const namesNoHost = (ip: string): boolean =>
  ip === '0.0.0.0' || ip === '::' || ip === '255.255.255.255';
