import { type Classification, type IndicatorType } from '@calseta/common';
import { isUnder } from './is-under.js';

type Classified = { type: IndicatorType; value: string; classification: Classification };

/**
 * Classifies what belongs to the organisation itself as internal, so that it is kept but never sent to a
 * provider. `ownDomains` are lower-case names; what stands under one belongs to it.
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
