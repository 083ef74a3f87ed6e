import { type Classification } from '@calseta/common';
import { domainToASCII, domainToUnicode } from 'node:url';
import { type Canonical, type Invalid, invalid } from './canonical.js';
import { isUnder } from './is-under.js';

const MAX_DOMAIN_CHARACTERS = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const TOP_LABEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
// eslint-disable-next-line no-control-regex -- the ASCII range
const NON_ASCII = /[^\u0000-\u007f]/;

const INTERNAL_SUFFIXES: ReadonlySet<string> = new Set([
  'local', 'internal', 'intranet', 'lan', 'corp', 'home', 'private', 'localdomain', 'workgroup',
  'home.arpa', 'arpa', 'test', 'invalid', 'localhost', 'svc', 'cluster.local', 'onion.local',
]); // prettier-ignore
const DOCUMENTATION_SUFFIXES: ReadonlySet<string> = new Set([
  'example',
  'example.com',
  'example.net',
  'example.org',
]);

/** Lower-cases, converts to Punycode and drops a trailing dot. Needs two labels; does not check the suffix. */
export function canonicalizeDomain(text: string): Canonical | Invalid {
  if (text.length > 2 * MAX_DOMAIN_CHARACTERS) return invalid;
  const lower = text
    .toLowerCase()
    .replace(/^\*\./, '')
    .replace(/[.\u3002]$/, '');
  const value = NON_ASCII.test(lower) ? domainToASCII(lower) : lower;
  if (!isDomainSyntax(value)) return invalid;
  const readable = value.includes('xn--') ? domainToUnicode(value) : value;
  return {
    ok: true,
    value,
    ...(readable !== value && readable !== '' && { displayValue: readable }),
    classification: classifyDomain(value),
  };
}

function isDomainSyntax(name: string): boolean {
  if (name.length > MAX_DOMAIN_CHARACTERS || !name.includes('.')) return false;
  const labels = name.split('.');
  return TOP_LABEL.test(labels.at(-1) ?? '') && labels.every((label) => LABEL.test(label));
}

export function classifyDomain(name: string): Classification {
  if (isUnder(name, INTERNAL_SUFFIXES)) return 'internal';
  return isUnder(name, DOCUMENTATION_SUFFIXES) ? 'documentation' : 'public';
}
