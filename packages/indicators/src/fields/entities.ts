import { type IndicatorType } from '@calseta/common';
import { isPlaceholder } from '../canonicalize/account.js';
import { HASH_TYPE_OF_LENGTH } from '../canonicalize/hash.js';
import { isAccountText } from '../text/scan-accounts.js';

export type Entity = { type: IndicatorType; value: string; keys: readonly string[] };

const LONGEST_PIECE = 256;

type Fields = Readonly<Record<string, unknown>>;

/** Keys of the parts of an account, in the spellings of portals and APIs. */
const NAMES = ['Name', 'accountName', 'name'];
const SUFFIXES = ['UPNSuffix', 'upnSuffix'];
const DOMAINS = ['NTDomain', 'ntDomain', 'domain'];
const TYPES = ['Type', 'type', 'kind'];
const VALUES = ['Value', 'value'];

/** Types whose names are accounts, and types whose names can also be people. */
const ACCOUNT_TYPE = /^account$/i;
const USER_TYPE = /^user(?:[ _]?account)?$/i;

/**
 * Reads an object with name and type that is an account or a hash. Microsoft's security products split accounts
 * into parts: `{ Name, UPNSuffix }`, `{ Name, NTDomain }`.
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

/** Whether the object is a user. If it has a value, its name is the name of a field. */
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
