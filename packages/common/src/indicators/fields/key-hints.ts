import type { KeyWords } from './key-words.js';

/** What a key says about its value; `identity` may hold an account, an address or some id. */
export type KeyHint = 'ip' | 'domain' | 'hash' | 'url' | 'email' | 'account' | 'identity' | 'text';

const TEXT =
  /(?:description|message|summary|reason|details?|comments?|narrative|explanation|intro|body|payload|raw|fulllog|logentry|output|cmdline|commandline|processcmd|command|cmd|args|arguments|original|evidence|pattern|snippet|context|log|title|subject|content|analysis|finding|text|msg|dnsresponse|answers?|headers?|scriptblocktext|script)$/;
const HASH_NAME = /(?:^|[^a-z])(?:md5|sha1|sha256)|md5|sha-?1(?!\d)|sha-?256/;
const HASH_OF_FILE =
  /(?:file|process|proc|image|exe|executable|content|binary|module|dll|parent|target|sample|attachment|malware|object|element|artifact|threat|ioc|indicator|observable|malicious|quarantined?|detected|payload|document|driver)s?(?:hash|hashes|checksum)(?:data|value|string|md5|sha1|sha256)?$/;
const NO_FILE_HASH =
  /(?:id|ids|uuid|guid|fingerprints?|thumbprints?|digest|token|key|imphash|authentihash|authenticodehashdata|pehash|ssdeep|tlsh|ja3|ja3s|ja3hash|ja3shash|hassh|password|ntlm|cdhash|certhash|confighash|statehash)$/;
const NO_FILE_HASH_ANYWHERE =
  /ja3|ja4|hassh|imphash|pehash|cdhash|authenti|certificate|^cert|x509|signer|^signature|thumbprint|fingerprint|^tls$|^ssl$|password|ntlm|mergebykey|authenticode/;

const IP =
  /^(?:ip|ips|src|dst|dest|aip|address|addresses|resolvedip)$|(?:ip|ips|ipaddr|ipaddrs|ipaddress|ipaddresses|ipaddressv4|ipaddressv6|ipv4|ipv6|ipv4addr|ipv6addr|ipsrc|ipdst)$/;
const DOMAIN =
  /^(?:sni|query|qname|rrname|site|website|cname|nameserver|ns|mx|answer|rdata)$|(?:domain|domains|domainname|domainnames|hostname|hostnames|fqdn|dnsname|dnsrequest|dnsquery|dnshostname|queryname|questionname|servername|devicename|devicednsname|machinedomainname|computername|computer|host|hosts|subdomain|subdomains)$/;
const URL_KEY = /(?:url|urls|uri|uris|referrer|referer|redirectlocation|phishingurl|webpage)$/;
const EMAIL =
  /(?:email|emails|mail|mails|emailaddress|emailaddresses|mailaddress|smtpaddress|sender|senders|sendername|recipient|recipients|mailfrom|mailto|headerfrom|headerto|headercc|envelopefrom|envelopeto|fromaddress|fromaddresses|toaddress|toaddresses|ccaddress|ccaddresses|replyto|replytoaddress|replytoaddresses|headerreplyto|returnpath|mailbox|mailboxes|p1sender|p2sender|emailsender|emailrecipient|compromisedemails|primaryaddress|mailboxprimaryaddress|from|to|cc|bcc)$/;
const ACCOUNT_NAME =
  /^(?:initiatingprocess|initiating|process|proc|target|subject|source|src|dest|dst|destination|caller|client|remote|local|logon|login|logged(?:in|on)|last(?:logged(?:in|on))?|actor|compromised|affected|requested|requesting|effective|real|original|user|srcproc|srcprocess|tgtproc|parent|parentprocess|event|db|database|os|host|machine|device|endpoint|security|account|impersonated|victim|suspect|related|primary|associated|sam|any|pany|ssh|vpn|current|executing|running|session|new|old|auth|service|remoteuser)?(?:accountname|accountnames|user|users|username|usernames|loginname|loginnames|logonname|logonnames|logonuser|loginuser|logonusername|useraccount|useraccounts|useraccountname|accountlogin|userlogin)$/;
const ACCOUNT =
  /(?:userprincipalname|userprincipalnames|upn|upns|accountupn|samaccountname|suser|duser|ruser|euser|auser|useridentifier|nickname)$|^(?:(?:client)?principalname|accounts?|account|usr|uname|runas|runasuser|login)$/;
const IDENTITY =
  /^(?:userid|userids|actorid|actor|actors|principal|principals|principalid|principalname|subjectid|alternateid|actoralternateid|useralternateid|identity|identities|caller|initiatedby|performedby|triggeredby|requester|requestedby|userkey|entityid|entityvalue|displayname|sessionuser|whodidit|who)$/;

const ACCOUNT_PARENTS =
  /^(?:user|users|useraccount|account|accounts|actor|principal|targetuser|sourceuser|effectiveuser|useridentity|usernames?|srcuser|dstuser|impacteduser|compromiseduser|employee)$/;
const DOMAIN_PARENTS = /^(?:question|domain|domains|host|hosts|fqdn|hostname|subdomain|answers)$/;

const CHECKS: readonly (readonly [KeyHint, (key: KeyWords) => boolean])[] = [
  ['account', ({ squashed }) => ACCOUNT_NAME.test(squashed) || ACCOUNT.test(squashed)],
  ['identity', ({ squashed }) => IDENTITY.test(squashed)],
  ['hash', ({ squashed }) => isHashKey(squashed)],
  ['url', ({ squashed }) => URL_KEY.test(squashed)],
  ['email', ({ squashed }) => EMAIL.test(squashed)],
  ['ip', ({ squashed, words }) => IP.test(squashed) && isIpWord(words)],
  ['domain', ({ squashed }) => DOMAIN.test(squashed)],
  ['text', ({ squashed }) => TEXT.test(squashed)],
];

/** `description` and `scip` end in "ip" too; the word must be its own, or the whole key lower case. */
function isIpWord(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  return !/(?:script|description|ship|zip|clip|chip|equip|membership|relationship|ownership|recip|skip|tip|trip)$/.test(
    last,
  );
}

const isHashKey = (squashed: string): boolean =>
  !NO_FILE_HASH.test(squashed) &&
  (HASH_NAME.test(squashed) ||
    HASH_OF_FILE.test(squashed) ||
    /^(?:hash|hashes|filehash|filehashes|checksum)$/.test(squashed));

/** What a key says by itself. */
export const ownHint = (key: KeyWords): KeyHint | undefined =>
  hintFromParent(key.squashed, key.segments.at(-2) ?? '') ??
  CHECKS.find(([, applies]) => applies(key))?.[0];

/** Whether the key above may change what a key says: `name` under `user`. */
export const inheritsHint = ({ squashed, segments }: KeyWords): boolean =>
  segments.length === 1 && INHERITING.test(squashed);

const INHERITING =
  /^(?:name|login|loginname|username|samaccountname|id|uid|alternateid|userid|principalid|displayname|arn|data|full|original|raw|address|addresses|value|addr|hashes|stringvalue)$/;

const PAIRS: readonly (readonly [name: RegExp, parent: RegExp, hint: KeyHint])[] = [
  [/^(?:name|login|loginname|username|samaccountname)$/, ACCOUNT_PARENTS, 'account'],
  [/^(?:id|uid|alternateid|userid|principalid|displayname|arn)$/, ACCOUNT_PARENTS, 'identity'],
  [/^name$/, DOMAIN_PARENTS, 'domain'],
  // Of an error report: by what it is grouped.
  [/^hashes$/, /^event$/, 'identity'],
  [/^data$/, /^answers$/, 'domain'],
  [/^(?:full|original|raw)$/, /^url$/, 'url'],
  [/^(?:address|addresses|value|addr)$/, EMAIL, 'email'],
];

/** What a key says under another. */
export const hintFromParent = (name: string, parent: string): KeyHint | undefined =>
  PAIRS.find(([names, parents]) => names.test(name) && parents.test(parent))?.[2];

/** Whether hexadecimal somewhere under these keys is a fingerprint of something that is no file. */
export const forbidsFileHash = (segments: readonly string[]): boolean =>
  segments.some((segment) => NO_FILE_HASH_ANYWHERE.test(segment));

export const isMessageIdKey = ({ squashed }: KeyWords): boolean =>
  /(?:messageid|internetmessageid|networkmessageid|inreplyto|msgid|emailmessageid|messageuid)$/.test(
    squashed,
  );
