import { type IndicatorType } from '@calseta/common';
import { isPlaceholder } from '../canonicalize/account.js';
import { HASH_TYPE_OF_LENGTH } from '../canonicalize/hash.js';
import { isAccountText } from '../text/scan-accounts.js';

export type Entity = { type: IndicatorType; value: string; keys: readonly string[] };

const LONGEST_PIECE = 256;

type Fields = Readonly<Record<string, unknown>>;

/** The names of the pieces, as portals and APIs spell them. */
const NAMES = ['Name', 'accountName', 'name'];
const SUFFIXES = ['UPNSuffix', 'upnSuffix'];
const DOMAINS = ['NTDomain', 'ntDomain', 'domain'];
const TYPES = ['Type', 'type', 'kind'];
const VALUES = ['Value', 'value'];

/** Types whose every name is that of an account, and those whose names may be of people as well. */
const ACCOUNT_TYPE = /^account$/i;
const USER_TYPE = /^user(?:[ _]?account)?$/i;

/**
 * What goes by a name and a type: an account, also one that Microsoft's security products describe in
 * pieces (`{ Name, UPNSuffix }`, `{ Name, NTDomain }`), or a hash.
 */
export function readEntity(object: Fields): Entity | undefined {
  const key = keyIn(object, NAMES);
  if (key === undefined) return undefined;
  const name = text(object[key]);
  const type = pick(object, TYPES);
  const hashType = /hash$/i.test(type) ? HASH_TYPE_OF_LENGTH[name.length] : undefined;
  if (hashType) return { type: hashType, value: name, keys: [key] };
  const suffix = pick(object, SUFFIXES);
  if (suffix === '' && !ACCOUNT_TYPE.test(type) && !isUser(object, type, name)) return undefined;
  return { type: 'account', value: withRealm(name, suffix, pick(object, DOMAINS)), keys: [key] };
}

/** Beside a value, a name is that of the field. */
const isUser = (object: Fields, type: string, name: string): boolean =>
  USER_TYPE.test(type) && pick(object, VALUES) === '' && !/\s/.test(name) && isAccountText(name);

function withRealm(name: string, suffix: string, domain: string): string {
  if (/[\\@]/.test(name)) return name;
  if (suffix !== '') return `${name}@${suffix}`;
  return domain === '' ? name : `${domain}\\${name}`;
}

const keyIn = (object: Fields, spellings: readonly string[]): string | undefined =>
  spellings.find((spelling) => text(object[spelling]) !== '');

const pick = (object: Fields, spellings: readonly string[]): string =>
  text(object[keyIn(object, spellings) ?? '']);

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST_PIECE) return '';
  const trimmed = value.trim();
  return isPlaceholder(trimmed) ? '' : trimmed;
}
