import { isPlaceholder } from '../canonicalize/account.js';
import { HASH_TYPE_OF_LENGTH } from '../canonicalize/hash.js';
import type { IndicatorType } from '../indicator-type.js';

export type Entity = { type: IndicatorType; value: string; keys: readonly string[] };

/** The same pieces under the names of the portal and of the API. */
const SPELLINGS = [
  { name: 'Name', suffix: 'UPNSuffix', domain: 'NTDomain', type: 'Type' },
  { name: 'accountName', suffix: 'upnSuffix', domain: 'ntDomain', type: 'kind' },
  { name: 'name', suffix: 'upnSuffix', domain: 'ntDomain', type: 'type' },
] as const;

/**
 * What goes by a name and a type: an account that Microsoft's security products describe in pieces
 * (`{ Name, UPNSuffix }`, `{ Name, NTDomain }`), or a hash.
 */
export function readEntity(object: Readonly<Record<string, unknown>>): Entity | undefined {
  for (const spelling of SPELLINGS) {
    const name = text(object[spelling.name]);
    if (name === '') continue;
    const value = withRealm(name, text(object[spelling.suffix]), text(object[spelling.domain]));
    const type = text(object[spelling.type]).toLowerCase();
    const hashType = type.endsWith('hash') ? HASH_TYPE_OF_LENGTH[name.length] : undefined;
    if (hashType) return { type: hashType, value: name, keys: [spelling.name] };
    const isAccount = text(object[spelling.suffix]) !== '' || type === 'account';
    if (isAccount) return { type: 'account', value, keys: [spelling.name] };
  }
  return undefined;
}

function withRealm(name: string, suffix: string, domain: string): string {
  if (/[\\@]/.test(name)) return name;
  if (suffix !== '') return `${name}@${suffix}`;
  return domain === '' ? name : `${domain}\\${name}`;
}

const text = (value: unknown): string => {
  const trimmed = typeof value === 'string' && value.length <= 256 ? value.trim() : '';
  return isPlaceholder(trimmed) ? '' : trimmed;
};
