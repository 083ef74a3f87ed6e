import { type Classification, type IndicatorType } from '@calseta/common';
import { isUnder } from './is-under.js';

type Classified = { type: IndicatorType; value: string; classification: Classification };

/**
 * Classifies an indicator of the organisation's own domains as internal, so that it is stored but never sent to
 * a provider. `ownDomains` are in lower case and include their subdomains.
 */
export function classifyOwn<T extends Classified>(
  indicator: T,
  ownDomains: ReadonlySet<string>,
): T {
  if (ownDomains.size === 0 || indicator.classification !== 'public') return indicator;
  const domain = domainOf(indicator);
  return domain !== undefined && isUnder(domain, ownDomains)
    ? { ...indicator, classification: 'internal' }
    : indicator;
}

function domainOf({ type, value }: Classified): string | undefined {
  switch (type) {
    case 'domain':
      return value;
    case 'url':
      return URL.canParse(value) ? new URL(value).hostname : undefined;
    case 'email':
    case 'account':
      return value.includes('@') ? value.slice(value.lastIndexOf('@') + 1) : undefined;
    case 'ip':
    case 'hash_md5':
    case 'hash_sha1':
    case 'hash_sha256':
      return undefined;
  }
}
