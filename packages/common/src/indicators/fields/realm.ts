import { isPlaceholder } from '../canonicalize/account.js';

const SQUASH = /[^a-z0-9]/g;
const squash = (key: string): string => key.toLowerCase().replace(SQUASH, '');

/** Endings of a user key, and what the key of its realm ends in instead. */
const PARTNERS: readonly (readonly [user: string, realms: readonly string[]])[] = [
  ['username', ['domainname', 'userdomain', 'domain', 'userdomainname', 'ntdomain']],
  [
    'accountname',
    ['accountdomain', 'domainname', 'accountntdomain', 'accountdomainname', 'domain'],
  ],
  ['user', ['userdomain', 'ntdomain', 'domain', 'domainname']],
  ['name', ['upnsuffix', 'ntdomain', 'domain', 'userdomain']],
];

/** The account with the realm that stands beside it: `TargetUserName` with `TargetDomainName`, Name with UPNSuffix. */
export function withRealm(
  user: string,
  key: string,
  siblings: ReadonlyMap<string, string>,
): string {
  if (/[\\@]/.test(user) || siblings.size === 0) return user;
  const squashed = squash(key);
  for (const [ending, realms] of PARTNERS) {
    if (!squashed.endsWith(ending)) continue;
    const prefix = squashed.slice(0, -ending.length);
    for (const realmKey of realms) {
      const realm = siblings.get(prefix + realmKey)?.trim() ?? '';
      if (isRealm(realm)) return realm.includes('.') ? `${user}@${realm}` : `${realm}\\${user}`;
    }
    return user;
  }
  return user;
}

const isRealm = (realm: string): boolean =>
  realm !== '' && realm.length <= 128 && !isPlaceholder(realm) && !/[\\@/:]/.test(realm);

/** The text fields of an object under their bare keys, for looking up partners. */
export function siblingsOf(entries: Iterable<readonly [string, unknown]>): Map<string, string> {
  const siblings = new Map<string, string>();
  for (const [key, value] of entries) {
    if (typeof value === 'string' && key.length <= 128) siblings.set(squash(key), value);
  }
  return siblings;
}
