import { type Canonical, type Invalid, invalid } from './canonical.js';
import { canonicalizeDomain } from './domain.js';

const IN_ANGLES = /<([^<>\s]{3,320})>\s*$/;
const LOCAL_PART = /^[^\s@/=\\,;:<>()[\]"]{1,64}$/;

/** Lower-cases local part and domain, and drops a display name and `mailto:`. */
export function canonicalizeEmail(text: string): Canonical | Invalid {
  const address = (IN_ANGLES.exec(text)?.[1] ?? text).replace(/^mailto:/i, '');
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at).toLowerCase();
  const domain = canonicalizeDomain(address.slice(at + 1));
  if (at < 1 || !domain.ok || !isLocalPart(local)) return invalid;
  const { displayValue } = domain;
  return {
    ok: true,
    value: `${local}@${domain.value}`,
    ...(displayValue !== undefined && { displayValue: `${local}@${displayValue}` }),
    classification: domain.classification,
  };
}

const isLocalPart = (local: string): boolean =>
  LOCAL_PART.test(local) && !local.startsWith('.') && !local.endsWith('.') && !local.includes('..');
