import { type IndicatorType, remembered, REMEMBERED_KEYS, type Role } from '@calseta/common';

const TESTS: readonly (readonly [Role, RegExp])[] = [
  ['sender', /sender|^from$|mailfrom|headerfrom|fromaddress|replyto|returnpath|envelopefrom/],
  [
    'recipient',
    /recipient|^to$|^cc$|^bcc$|toaddress|ccaddress|headerto|headercc|mailto|envelopeto/,
  ],
  [
    'destination',
    /^(?:dst|dest|destination|server|remote|duser)|dstip|destip|destination|remoteip|remoteaddress|resolved|dnsrequest|^question|^query|rrname/,
  ],
  [
    'source',
    /^(?:src|source|client|attacker|offender|origin|caller|suser)|srcip|sourceip|clientip|userip|actorip|senderip|clickip/,
  ],
  ['target', /^(?:target|victim|affected|impacted|compromised)/],
  ['file', /file|hash|sha1|sha256|md5|process|image|module|dll|attachment|executable/],
  ['actor', /^(?:actor|user|principal|initiating|subject|caller|account)|username|userprincipal/],
  [
    'host',
    /^(?:host|device|machine|endpoint|computer|agent|local|asset)|hostname|localip|agentip|devicename/,
  ],
];

const ALLOWED: Readonly<Partial<Record<IndicatorType, readonly Role[]>>> = {
  hash_md5: ['file'],
  hash_sha1: ['file'],
  hash_sha256: ['file'],
  ip: ['source', 'destination', 'target', 'host', 'actor'],
  domain: ['source', 'destination', 'target', 'host', 'sender'],
  url: ['source', 'destination', 'target'],
  email: ['sender', 'recipient', 'actor', 'target', 'source', 'destination'],
  account: ['actor', 'target', 'source', 'destination'],
};

/** The role of a value in the event. The innermost key with a role decides. */
export function roleFromKeys(type: IndicatorType, segments: readonly string[]): Role | undefined {
  const allowed = ALLOWED[type] ?? [];
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const role = rolesOf(segments[index] ?? '').find((name) => allowed.includes(name));
    if (role) return role;
  }
  return undefined;
}

const rolesOf = remembered(
  (segment): readonly Role[] =>
    TESTS.filter(([, test]) => test.test(segment)).map(([role]) => role),
  REMEMBERED_KEYS,
);
