import { parse } from 'tldts';

const OPTIONS = {
  allowPrivateDomains: false,
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
} as const;

/** Whether a canonical name is registrable under a public suffix that exists, and more than that suffix. */
export function isPublicDomain(name: string): boolean {
  const { isIcann, domain } = parse(name, OPTIONS);
  return isIcann === true && domain !== null;
}

/** The registrable part: `evil.co.uk` of `a.b.evil.co.uk`. */
export const registrableDomain = (name: string): string => parse(name, OPTIONS).domain ?? name;
