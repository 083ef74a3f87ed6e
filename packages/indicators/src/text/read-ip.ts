import { isIP } from 'node:net';
import { namesNoHost } from '../canonicalize/ip.js';
import { type Finding } from './finding.js';
import { type TextToken } from './token.js';

const CONTEXT_REACH = 24;
/** Words before a number of four parts that is a version or a section. */
const VERSION_BEFORE =
  /(?:(?:version|build|firmware|\b(?:ver|v|release|rev|kernel|sdk|driver|engine|updated?|upgraded?|patch|section|chapter|clause|fig|figure|benchmark|oid))[\s:=."'(]{0,3}(?:(?:is|to|from)\s)?|\b\w{2,}\/(?<!\/dev\/...\/))$/i;
const PATH_BEFORE = /[^\s\\"'(=]\\{1,2}$/;
/** The header of CEF and LEEF up to the version: vendor and product. */
const LOG_HEADER_BEFORE = /(?:CEF:\s?\d|LEEF:\s?[\d.]{1,4})\|[^|]{0,64}\|[^|]{0,64}\|$/;
const LOG_HEADER_REACH = 160;
/** `iso.org.dod.internet`, the root of internet object identifiers. */
const OID_ROOT = '1.3.6.1';
const V6_SHAPE = /^[0-9a-f:.]{2,45}$/i;
const LEADING_KEY = /^[^:]{0,32}[g-z_.-][^:]{0,32}:/i;
const LEADING = /^[.\-_]+/;
const TRAILING = /(?<![.\-_])[.\-_]+$|(?<!:):$/;
const MASK_AFTER = /^\/(\d{1,3})\b/;
const MASK_REACH = 5;

/** Reads an IPv4 address that is no version, part of a path or network. */
export function readIpv4({ text, start, end }: TextToken, written: string): Finding | undefined {
  if (isIP(written) !== 4 || namesNoHost(written) || written === OID_ROOT) return undefined;
  if (text.charAt(end) === '/' && isNetwork(written, text.slice(end, end + MASK_REACH)))
    return undefined;
  const before = text.slice(Math.max(0, start - CONTEXT_REACH), start);
  if (VERSION_BEFORE.test(before) || PATH_BEFORE.test(before)) return undefined;
  if (before.endsWith('|') && isHeaderVersion(text, start)) return undefined;
  return { type: 'ip', value: written, span: [start, start + written.length], rule: 'ip' };
}

const isHeaderVersion = (text: string, start: number): boolean =>
  LOG_HEADER_BEFORE.test(text.slice(Math.max(0, start - LOG_HEADER_REACH), start));

/** Whether an address with its mask is a network: `10.0.0.0/8` is, `10.0.0.7/8` is a host. */
export function isNetwork(address: string, after: string): boolean {
  const bits = Number(MASK_AFTER.exec(after)?.[1] ?? Infinity);
  if (address.includes(':')) return bits < 128 && address.endsWith('::');
  if (bits >= 32) return false;
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return number % 2 ** (32 - bits) === 0;
}

/** Reads an IPv6 address with a digit in it, also after `key:`. Excludes `std::vector` and MAC addresses. */
export function readIpv6({ text, start, end }: TextToken): Finding | undefined {
  const whole = text.slice(start, end).replace(TRAILING, '');
  const skipped = (LEADING.exec(whole) ?? LEADING_KEY.exec(whole))?.[0].length ?? 0;
  const value = whole.slice(skipped);
  if (!isIpv6(value)) return undefined;
  if (text.charAt(end) === '/' && isNetwork(value, text.slice(end, end + MASK_REACH)))
    return undefined;
  return { type: 'ip', value, span: [start + skipped, start + skipped + value.length], rule: 'ip' };
}

function isIpv6(value: string): boolean {
  if (!V6_SHAPE.test(value) || isIP(value) !== 6 || namesNoHost(value)) return false;
  const groups = value.split(':').filter((group) => group !== '');
  return /\d/.test(value) && (groups.length >= 2 || value === '::1' || /^f[ef]/i.test(value));
}
