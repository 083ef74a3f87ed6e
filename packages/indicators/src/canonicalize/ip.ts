import { type Classification } from '@calseta/common';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type Canonical, type Invalid, invalid } from './canonical.js';

/** Rejects most names cheaply: IPv4 ends with a digit, IPv6 contains a colon. */
const MAY_BE_IP = /\d$|:/;
const BRACKETED = /^\[([^\]]{2,64})\](?::\d{1,5})?$/;
const PORT = /^([\d.]{7,15}):\d{1,5}$/;
const ZONE = /%[\w.~-]{1,32}$/;

const DOCUMENTATION_V4 = /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\./;
const DOCUMENTATION_V6 = /^(?:2001:db8:|3fff:(?:[0-9a-f]{1,3})?:)/;

const RANGE_CLASSES: Readonly<Record<string, Classification>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link_local',
  carrierGradeNat: 'carrier_grade_nat',
  multicast: 'multicast',
};

/** Writes IPv4 as four decimal octets and IPv6 as in RFC 5952. An IPv4-mapped address becomes IPv4. */
export function canonicalizeIp(text: string): Canonical | Invalid {
  if (!MAY_BE_IP.test(text)) return invalid;
  const unmasked = withoutHostMask(BRACKETED.exec(text)?.[1] ?? PORT.exec(text)?.[1] ?? text);
  const bare = unmasked.replace(ZONE, '');
  const family = isIP(bare);
  if (family === 0) return invalid;
  const address = family === 4 ? fromOctets(bare) : ipaddr.process(bare);
  const value = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  const isDocumentation = DOCUMENTATION_V4.test(value) || DOCUMENTATION_V6.test(value);
  const classification = isDocumentation ? 'documentation' : RANGE_CLASSES[address.range()];
  return { ok: true, value, classification: classification ?? 'reserved' };
}

/** Removes a mask of all bits, which means a single host. */
function withoutHostMask(text: string): string {
  const mask = text.includes(':') ? '/128' : '/32';
  return text.endsWith(mask) ? text.slice(0, -mask.length) : text;
}

/** `isIP` has already checked the four decimal octets, so that the library need not parse them again. */
const fromOctets = (text: string): ipaddr.IPv4 => new ipaddr.IPv4(text.split('.').map(Number));

/** Masks, broadcast addresses and whole networks. Versions (`131.0.0.0`) look the same. */
const NO_HOST = /^(?:255\.|\d{1,3}\.0\.0\.0$|::$)/;

/** Whether an address is a mask, a broadcast address or a network rather than a host. */
export const namesNoHost = (ip: string): boolean => NO_HOST.test(ip);
