import { type KeyWords } from './key-words.js';

/** What a key says about its value. An `identity` can be an account, an e-mail address or an id. */
export type KeyHint = 'ip' | 'domain' | 'hash' | 'url' | 'email' | 'account' | 'identity' | 'text';

const TEXT =
  /(?:description|message|summary|reason|details?|comments?|narrative|explanation|intro|body|payload|raw|fulllog|logentry|output|cmdline|commandline|processcmd|command|cmd|args|arguments|original|evidence|pattern|snippet|context|log|title|subject|content|analysis|finding|text|msg|dnsresponse|answers?|headers?|scriptblocktext|script)$/;
const HASH_NAME = /(?:^|[^a-z])(?:md5|sha1|sha256)|md5|sha-?1(?!\d)|sha-?256/;
/** General keys whose value can be a file hash. */
const HASH =
  /^(?:hash\d?|hashes|hashvalues?|checksum|(?:ioc|indicator|observable|artifact)(?:s|values?)?)$/;
const HASH_OF_FILE =
  /(?:file|process|proc|image|exe|executable|content|binary|module|dll|parent|target|sample|attachment|malware|object|element|artifact|threat|ioc|indicator|observable|malicious|quarantined?|detected|payload|document|driver)s?(?:hash|hashes|checksum)(?:data|value|string|md5|sha1|sha256)?$/;
const NO_FILE_HASH =
  /(?:id|ids|uuid|guid|fingerprints?|thumbprints?|digest|token|key|imphash|authentihash|authenticodehashdata|pehash|ssdeep|tlsh|ja3|ja3s|ja3hash|ja3shash|hassh|password|ntlm|cdhash|certhash|confighash|statehash|sha(?:1|256)ac)$/;
const NO_FILE_HASH_ANYWHERE =
  /ja3|ja4|hassh|imphash|pehash|cdhash|authenti|certificate|^cert|x509|signer|^signature|thumbprint|fingerprint|^tls$|^ssl$|password|ntlm|mergebykey|authenticode|hash(?:message)?(?:subject|body)$/;

const IP =
  /^(?:ip|ips|src|dst|dest|aip|address|addresses|resolvedip)$|(?:ip|ips|ipaddr|ipaddrs|ipaddress|ipaddresses|ipaddressv4|ipaddressv6|ipv4|ipv6|ipv4addr|ipv6addr|ipsrc|ipdst)$/;
const DOMAIN =
  /^(?:sni|query|qname|rrname|site|website|cname|nameserver|ns|mx|answer|rdata)$|(?:domain|domains|domainname|domainnames|hostname|hostnames|fqdn|dnsname|dnsrequest|dnsquery|dnshostname|queryname|questionname|servername|devicename|devicednsname|machinedomainname|computername|computer|host|hosts|subdomain|subdomains)$/;
const URL_KEY = /(?:url|urls|uri|uris|referrer|referer|redirectlocation|phishingurl|webpage)$/;
const EMAIL =
  /(?:email|emails|mail|mails|emailaddress|emailaddresses|mailaddress|smtpaddress|sender|senders|sendername|recipient|recipients|mailfrom|mailto|headerfrom|headerto|headercc|envelopefrom|envelopeto|fromaddress|fromaddresses|toaddress|toaddresses|ccaddress|ccaddresses|replyto|replytoaddress|replytoaddresses|headerreplyto|returnpath|mailbox|mailboxes|p1sender|p2sender|emailsender|emailrecipient|compromisedemails|primaryaddress|mailboxprimaryaddress|from|to|cc|bcc)$/;
const USER = /(?:user|username)s?$/;
/** Prefixes of `user` that mean no party to the event: analysts, counts and flags. */
const NO_USER =
  /^(?:is|has|no|num|number|count|total|max|min|per|multi|super|assigned|closing|resolving|reviewing|reporting|notif\w*|subscrib\w*|analyst|soc)(?:of)?(?:user|username)s?$/;
/** Words before `accountname` that make it an account of the event. After most other words it is something else. */
const ACCOUNT_OWNER = [
  'initiatingprocess', 'initiating', 'process', 'proc', 'target', 'subject', 'source', 'src', 'dest', 'dst', 'destination',
  'caller', 'client', 'remote', 'local', 'logon', 'login', 'logged(?:in|on)', 'last(?:logged(?:in|on))?', 'actor', 'compromised',
  'affected', 'impacted', 'requested', 'requesting', 'effective', 'real', 'original', 'user', 'srcproc', 'srcprocess',
  'tgtproc', 'parent', 'parentprocess', 'event', 'db', 'database', 'os', 'host', 'machine', 'device', 'endpoint', 'security', 'account',
  'impersonated', 'victim', 'suspect', 'related', 'primary', 'associated', 'sam', 'any', 'pany', 'ssh', 'vpn', 'current',
  'executing', 'running', 'session', 'new', 'old', 'auth', 'service', 'remoteuser',
].join('|'); // prettier-ignore
const ACCOUNT_NAME = new RegExp(
  `^(?:${ACCOUNT_OWNER})?(?:(?:account|login|logon)names?|useraccounts?|useraccountname|accountlogin|userlogin)$`,
);
/** An account with a role in the event. A bare `account` can also be a cloud tenant or a subscription. */
const ACCOUNT_PARTY =
  /^(?:source|src|dest|dst|destination|target|affected|impacted|compromised|initiating|actor|subject)accounts?$/;
const ACCOUNT =
  /(?:userprincipalname|userprincipalnames|upn|upns|accountupn|samaccountname|useridentifier|nickname)$|^(?:(?:client)?principalname|accounts?|account|usr|uname|runas|runasuser|login)$/;
const IDENTITY =
  /^(?:userid|userids|actorid|actor|actors|principal|principals|principalid|principalname|subjectid|alternateid|actoralternateid|useralternateid|identity|identities|caller|initiatedby|performedby|triggeredby|requester|requestedby|userkey|entityid|entityvalue|displayname|sessionuser|whodidit|who)$/;

const ACCOUNT_PARENTS = /^(?:useraccount|accounts?|actors?|principal|useridentity|usr|employee)$/;
const DOMAIN_PARENTS = /^(?:question|domain|domains|host|hosts|fqdn|hostname|subdomain|answers)$/;

const CHECKS: readonly (readonly [KeyHint, (key: KeyWords) => boolean])[] = [
  ['account', ({ squashed }) => isAccountKey(squashed)],
  ['identity', ({ squashed }) => IDENTITY.test(squashed)],
  ['hash', ({ squashed }) => isHashKey(squashed)],
  ['url', ({ squashed }) => URL_KEY.test(squashed)],
  ['email', ({ squashed }) => EMAIL.test(squashed)],
  ['ip', ({ squashed, words }) => IP.test(squashed) && isIpWord(words)],
  ['domain', ({ squashed }) => DOMAIN.test(squashed)],
  ['text', ({ squashed }) => TEXT.test(squashed)],
];

/** Whether the last word means an IP address; `description` and `membership` also end in "ip". */
function isIpWord(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  return !/(?:script|description|ship|zip|clip|chip|equip|membership|relationship|ownership|recip|skip|tip|trip)$/.test(
    last,
  );
}

const isUserKey = (squashed: string): boolean => USER.test(squashed) && !NO_USER.test(squashed);

const isAccountKey = (squashed: string): boolean =>
  isUserKey(squashed) ||
  ACCOUNT_NAME.test(squashed) ||
  ACCOUNT_PARTY.test(squashed) ||
  ACCOUNT.test(squashed);

/** Whether an object under this key is a user or an account, so that its `name` is an account name. */
export const describesAccount = (squashed: string): boolean =>
  isUserKey(squashed) || ACCOUNT_PARTY.test(squashed) || ACCOUNT_PARENTS.test(squashed);

const isHashKey = (squashed: string): boolean =>
  !NO_FILE_HASH.test(squashed) &&
  (HASH_NAME.test(squashed) || HASH_OF_FILE.test(squashed) || HASH.test(squashed));

/** Other users of an event, nested below the acting one: `user.target.name`, `user.effective.name`. */
export const isUserPart = (squashed: string): boolean => /^(?:target|effective)$/.test(squashed);

/** The parent segment of a dotted key. For `user.target.name` it is `user`. */
function parentSegment(segments: readonly string[]): string {
  const parent = segments.at(-2) ?? '';
  const above = segments.at(-3) ?? '';
  return isUserPart(parent) && describesAccount(above) ? above : parent;
}

/** The hint of a key, without its parent object. */
export const ownHint = (key: KeyWords): KeyHint | undefined =>
  hintFromParent(key.squashed, parentSegment(key.segments)) ??
  CHECKS.find(([, applies]) => applies(key))?.[0];

/** Whether the parent key can change the hint, as with `name` under `user`. */
export const inheritsHint = ({ squashed, segments }: KeyWords): boolean =>
  segments.length === 1 && INHERITING.test(squashed);

const INHERITING =
  /^(?:name|login|loginname|username|samaccountname|id|uid|alternateid|userid|principalid|displayname|arn|data|full|original|raw|address|addresses|value|addr|hashes|stringvalue)$/;

const matches =
  (pattern: RegExp) =>
  (squashed: string): boolean =>
    pattern.test(squashed);

type Pair = readonly [name: RegExp, isUnder: (parent: string) => boolean, hint: KeyHint];

const PAIRS: readonly Pair[] = [
  [/^(?:name|login|loginname|username|samaccountname)$/, describesAccount, 'account'],
  [/^(?:id|uid|alternateid|userid|principalid|displayname|arn)$/, describesAccount, 'identity'],
  [/^name$/, matches(DOMAIN_PARENTS), 'domain'],
  // Grouping keys of an error report.
  [/^hashes$/, matches(/^event$/), 'identity'],
  [/^data$/, matches(/^answers$/), 'domain'],
  [/^(?:full|original|raw)$/, matches(/^url$/), 'url'],
  [/^(?:address|addresses|value|addr)$/, matches(EMAIL), 'email'],
];

/** The hint of a key under a parent key. */
export const hintFromParent = (name: string, parent: string): KeyHint | undefined =>
  PAIRS.find(([names, isUnder]) => names.test(name) && isUnder(parent))?.[2];

/** Whether hexadecimal values under these keys are fingerprints of something other than a file. */
export const forbidsFileHash = (segments: readonly string[]): boolean =>
  segments.some((segment) => NO_FILE_HASH_ANYWHERE.test(segment));

export const isMessageIdKey = ({ squashed }: KeyWords): boolean =>
  /(?:messageid|internetmessageid|networkmessageid|inreplyto|msgid|emailmessageid|messageuid)$/.test(
    squashed,
  );
