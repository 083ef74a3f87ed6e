import { isIP } from 'node:net';
import { type IndicatorType } from '@calseta/common';
import { HASH_TYPE_OF_LENGTH } from '../canonicalize/hash.js';
import { isLookupHost } from './known-hosts.js';
import { isPublicDomain } from './public-suffix.js';

/** A value that a link names, and its offset in the link. */
export type Named = { type: IndicatorType; value: string; at: number };

const ADDRESS_SEGMENT = /\/ip(?:v4)?(?:-?address(?:es)?)?\/(\d{1,3}(?:\.\d{1,3}){3})(?=$|[/?#])/i;
const SEGMENT = /[/=]([\w.:-]{4,253})(?=$|[/?#&])/g;
const HEX = /^[0-9a-f]+$/i;

/**
 * Reads what a look-up site's page is about: a file hash, an address or a domain. On other sites, only the
 * address after `/ip-address/` is read.
 */
export function namedInUrl(url: string, host: string): Named[] {
  if (!isLookupHost(host)) {
    const match = ADDRESS_SEGMENT.exec(url);
    const value = match?.[1];
    return match && value
      ? [{ type: 'ip', value, at: match.index + match[0].length - value.length }]
      : [];
  }
  const path = url.indexOf('/', url.indexOf('://') + 3);
  if (path < 0) return [];
  return [...url.slice(path).matchAll(SEGMENT)].flatMap(({ index, 1: value = '' }) => {
    const type = typeOf(value);
    return type ? [{ type, value, at: path + index + 1 }] : [];
  });
}

function typeOf(segment: string): IndicatorType | undefined {
  if (isIP(segment) !== 0) return 'ip';
  if (HEX.test(segment)) return HASH_TYPE_OF_LENGTH[segment.length];
  return segment.includes('.') && isPublicDomain(segment.toLowerCase()) ? 'domain' : undefined;
}
