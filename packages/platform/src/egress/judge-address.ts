import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Cidr = [Address, number];

/** `allowed`: the operator allows it; `public`: it is a public address. */
export type AddressVerdict =
  { kind: 'public' } | { kind: 'allowed' } | { kind: 'refused'; reason: string };

/** The only IPv6 block with assigned public addresses. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public by range, but used by the cloud's own services (Azure WireServer). */
const CLOUD_INTERNAL = new Set(['168.63.129.16']);

/** Parses `127.0.0.0/8` or a single address; undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Decides whether outbound calls may reach an address; embedded IPv4 addresses are judged as IPv4. */
export function judgeAddress(text: string, allowed: readonly Cidr[]): AddressVerdict {
  if (!ipaddr.isValid(text)) return refused('it is no address');
  const address = unwrap(ipaddr.parse(text));
  if (allowed.some((cidr) => isWithin(address, cidr))) return { kind: 'allowed' };
  const range = address.range();
  if (range !== 'unicast') return refused(`it is ${spell(range)}`);
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST)) {
    return refused('it is unassigned');
  }
  if (CLOUD_INTERNAL.has(address.toString())) return refused('it is internal to a cloud');
  return { kind: 'public' };
}

/** IPv4-mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96) addresses reach the IPv4 address inside. */
function unwrap(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const isNat64 = address.match(ipaddr.IPv6.parseCIDR('64:ff9b::/96'));
  return isNat64 ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address;
}

const isWithin = (address: Address, [network, bits]: Cidr) =>
  address.kind() === network.kind() && address.match(network, bits);

/** `carrierGradeNat` → `carrier grade nat` */
const spell = (range: string) => range.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const refused = (reason: string): AddressVerdict => ({ kind: 'refused', reason });
