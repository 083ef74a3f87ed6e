import { isPlaceholder } from '../canonicalize/account.js';
import { type Place } from './place.js';

const squash = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Endings of user keys, with the endings of the keys of their realms. */
const PARTNERS: readonly (readonly [user: string, realms: readonly string[]])[] = [
  ['username', ['domainname', 'userdomain', 'domain', 'userdomainname', 'ntdomain']],
  [
    'accountname',
    ['accountdomain', 'domainname', 'accountntdomain', 'accountdomainname', 'domain'],
  ],
  ['user', ['userdomain', 'ntdomain', 'domainname']],
  ['name', ['upnsuffix', 'ntdomain', 'domain', 'userdomain']],
];

/** Keys that can hold a realm or the site that a user visited. */
const MAY_BE_SITE = new Set(['domain', 'domainname']);

/** Adds the realm from a sibling field: `TargetDomainName` beside `TargetUserName`. */
export function withRealm(user: string, place: Place): string {
  const { owner } = place;
  if (!owner || /[\\@]/.test(user)) return user;
  const squashed = squash(place.key.name);
  const partner = PARTNERS.find(([ending]) => squashed.endsWith(ending));
  if (!partner) return user;
  const prefix = squashed.slice(0, -partner[0].length);
  const siblings = textFields(owner);
  for (const name of partner[1].map((ending) => prefix + ending)) {
    const realm = siblings.get(name) ?? '';
    const mayBeSite = MAY_BE_SITE.has(name) && realm.includes('.') && !isOfAccount(place);
    if (isRealm(realm) && !mayBeSite) return qualified(user, realm.trim());
  }
  return user;
}

const qualified = (user: string, realm: string): string =>
  realm.includes('.') ? `${user}@${realm}` : `${realm}\\${user}`;

/** Whether the siblings of a value describe one account. */
const isOfAccount = ({ parentKey }: Place): boolean => parentKey?.describesAccount === true;

const isRealm = (realm: string): boolean =>
  realm.trim() !== '' && realm.length <= 128 && !isPlaceholder(realm) && !/[\\@/:]/.test(realm);

const MAX_FIELDS = 512;

function textFields(owner: Readonly<Record<string, unknown>>): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [key, value] of Object.entries(owner).slice(0, MAX_FIELDS)) {
    if (typeof value === 'string' && key.length <= 128) fields.set(squash(key), value);
  }
  return fields;
}

const TENANT_FIELDS = new Set([
  'accountid', 'siteid', 'sitename', 'groupname', 'accountarn', 'cloudaccountid', 'cloudproviderid', 'subscriptionid',
]); // prettier-ignore
const TENANT_KEYS = new Set(['account', 'accountname']);

/** Whether a value is the name of a tenant. Clouds and endpoint products call tenants accounts. */
export function isTenantName({ key, parentKey, up, owner }: Place): boolean {
  if (parentKey?.squashed === 'account' && up?.parentKey?.squashed === 'cloud') return true;
  if (key.segments.at(-3) === 'cloud' && key.segments.at(-2) === 'account') return true;
  if (!owner || !TENANT_KEYS.has(key.squashed)) return false;
  const names = new Set(Object.keys(owner).slice(0, MAX_FIELDS).map(squash));
  return !names.has('accountdomain') && [...TENANT_FIELDS].some((name) => names.has(name));
}

const PROGRAM = /^(?:app|application|bot|integration|system|systemprincipal)$/i;

/** Whether an actor is a program by its own type: `{ type: "application", name }`. */
export const isProgram = (place: Place): boolean =>
  isOfAccount(place) &&
  typeof place.owner?.['type'] === 'string' &&
  PROGRAM.test(place.owner['type']);
