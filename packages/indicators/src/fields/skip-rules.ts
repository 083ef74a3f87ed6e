import { type KeyWords } from '../vocabulary/key-words.js';

/** Keys of subtrees about rules, analysts and advice. They never describe the event. */
const NEVER_READ = new Set([
  'references', 'reference', 'refs', 'ref', 'externalreferences', 'mitre', 'mitreattack', 'mitreattacks', 'mitreattackids',
  'tactics', 'techniques', 'tactic', 'technique', 'killchainphases', 'owner', 'owners', 'ownerids', 'assignee', 'assignees',
  'assignedto', 'assigneduser', 'assigned', 'assignments', 'labels', 'label', 'tags', 'tag', 'codesignature', 'policy',
  'policies', 'xmailer', 'mailer', 'repository', 'organization', 'organisation', 'enterprise', 'odatatype', 'atsignodatatype', 'icon',
  'iconbase64', 'exposedsecret', 'secret', 'password', 'contactinformation', 'contact', 'contacts', 'useragent',
  'useragents', 'rule', 'rules', 'sourcerules', 'alertrule', 'observer', 'schema', 'schemaversion', 'specversion',
  'galaxy', 'orgc', 'org', 'version', 'versions', 'kernel', 'build', 'netmask', 'subnetmask', 'oid', 'watchers',
  'subscribers', 'responders', 'escalationpolicy', 'teams', 'team', 'documentation', 'helplink', 'si', 'bkt', 'cd',
  'serverhost', 'serveruri', 'drilldownsearch', 'search', 'kql', 'filters', 'filter', 'expression', 'replayinfo',
  'alertquery', 'rulequery', 'querytext', 'searchquery', 'signature', 'signatures', 'pguid', 'etag', 'manifest',
  'dependency', 'securityvulnerability', 'vulnerabilities', 'cvss', 'cwes', 'upnsuffix', 'ntdomain', 'ntdomainname',
  'creator', 'author', 'authors', 'iss', 'aud', 'license', 'publisher', 'publishername', 'signer', 'signername', 'issuer', 'registrar', 'runbook', 'playbook', 'playbooks', 'sensor', 'sensorname', 'appliance',
  'collector', 'manager', 'geo', 'geolocation', 'asorganization', 'mergebykey', 'securitycontext', 'mergebykeyhex', 'machinedomain',
  'ocsp', 'crl', 'crldistributionpoints', 'muteinitiator', 'clientprovidedhostheader',
]); // prettier-ignore

const oneOf = (...words: readonly string[]): string => `(?:${words.join('|')})`;

/** Endings of keys of people: their contact or name. */
const OF_PERSON = '(?:e?mail|emailaddress|name|username|upn)?';

/** Actions of people on the alert or its rule. */
const WORK = oneOf(
  'created', 'modified', 'updated', 'closed', 'resolved', 'approved', 'acknowledged', 'dismissed', 'muted', 'reviewed',
  'triaged', 'edited', 'suppressed', 'statuschanged?',
); // prettier-ignore

/** People who work on the alert or wrote the rule. */
const WORKER = oneOf('owner', 'creator', 'assignee', 'analyst', 'reviewer', 'investigator'); // prettier-ignore

/** Things that they work on. */
const WORKED_ON = oneOf('alert', 'case', 'detection', 'event', 'finding', 'incident', 'issue', 'rule', 'ticket'); // prettier-ignore

/** Prefixes of keys about advice, assignment and sensors. */
const BEGINNING = new RegExp(
  `^${oneOf(
    'recommend', 'remediat', 'runbook', 'mitigation', 'assigned', 'compliance', 'kibanaalert(?:uuid|url|ancestors|group)',
    '(?:first|second)?probes?$', '(?:appliance|sensor|collector|probe)(?:ips?|hosts?|hostname|address)$',
    `${WORKED_ON}?${WORKER}${OF_PERSON}$`,
  )}`,
); // prettier-ignore

/** Suffixes of keys about analysts, advice, versions, rules, certificate issuers and user agents. */
const ENDING = new RegExp(
  `${oneOf(
    `${WORK}by${OF_PERSON}`, `assignees?${OF_PERSON}`, 'workflowuser', 'assignedto', 'closername', 'remediation', 'remediationsteps',
    'recommendation', 'recommendations', 'mitigationplan', 'version', 'osversion', 'deviceversion', 'build', 'firmware',
    'threatreports', 'urldictionary', 'macaddress', 'policyname', 'rule(?:name|description|content|text|body|source|logic|user(?:id|name)?)',
    'issuer(?:dn|cn|name)', 'useragent(?:string)?', 'splunkserver', 'avatarurls?', 'gravatarid',
  )}$`,
); // prettier-ignore

const isSkippedSegment = (segment: string): boolean =>
  NEVER_READ.has(segment) || BEGINNING.test(segment) || ENDING.test(segment);

const KIBANA_ALERT_LEAVES = new Set(['uuid', 'url', 'ancestors', 'group', 'instance']);

/** The word on its own, as in `bugzilla_references` but not in `preferences`. */
const REFERENCE = /^references?$/;

/** Whether nothing under this key can be an indicator. */
export function isSkippedKey(key: KeyWords): boolean {
  const { segments, words } = key;
  if (
    segments[0] === 'kibana' &&
    segments[1] === 'alert' &&
    KIBANA_ALERT_LEAVES.has(segments[2] ?? '')
  ) {
    return true;
  }
  return segments.some(isSkippedSegment) || REFERENCE.test(words.at(-1) ?? '');
}

/** Things that a product shows on a page. Followed by `url`, the key is a link to that page. */
const SHOWN = oneOf(
  'incident', 'alert', 'alarm', 'offense', 'detection', 'insight', 'signal', 'notable', 'results?', 'portal', 'console', 'falcon',
  'workbench', 'kibana', 'siem', 'ui', 'rule', 'dashboard', 'panel', 'silence', 'generator', 'external', 'signingcert', 'unsubscribe',
  'html', 'web', 'avatar', 'image', 'icon', 'logo', 'docs?', 'documentation', 'help', 'policy', 'runbook', 'callback',
  'webhook', 'base', 'api', 'details?', 'investigation', 'finding', 'report', 'case', 'ticket', 'threat', 'events?', 'acknowledge',
  'subscribe', 'source', 'instance', 'management', 'manage', 'admin', 'view', 'app', 'chart', 'job', 'build', 'service',
  'violation', 'issue', 'commit', 'tree', 'archive', 'blob', 'git', 'clone', 'ssh', 'compare', 'contents', 'breach',
  'conference', 'meeting', 'feedback', 'support',
); // prettier-ignore

const CONSOLE_LINK = new RegExp(
  `links?$|^linkto|^href$|^self$|permalink|backtoproduct|resultsurl|${SHOWN}(?:page)?ur[li]$`,
);

/** Whether a URL under this key leads to the sender's own product. */
export const isConsoleLinkKey = ({ squashed }: KeyWords): boolean => CONSOLE_LINK.test(squashed);

/** Whether a value under this key is a link to its parent object: `product: { url }`. */
export const isLinkName = ({ squashed }: KeyWords): boolean =>
  /^(?:url|uri|urlstring|srcurl|web)$/.test(squashed);

const LINK_HOLDER =
  /^(?:product|vendor|provider|monitor|detector|dashboard|panel|issue|case|ticket|finding|findinginfo|integration|workflow|check|client|host|device|endpoint|asset|agent|user|sensor)$/;

/** Whether an object with links is part of the sender's product, judged by its key and its parent key. */
export const isOfProduct = (holder: KeyWords, above: KeyWords | undefined): boolean =>
  LINK_HOLDER.test(holder.squashed) ||
  (holder.squashed === 'alert' && above?.squashed === 'kibana');

const NO_NAME = new Set([
  'service', 'product', 'provider', 'vendor', 'application', 'app', 'package', 'module', 'library', 'class', 'logger',
  'image', 'registry', 'repository', 'file', 'filename', 'path', 'filepath', 'process', 'category', 'operation', 'action',
  'event', 'rule', 'policy', 'plugin', 'browser', 'os', 'platform', 'namespace', 'cluster', 'project', 'tenant',
  'group', 'format', 'api', 'index', 'job', 'queue', 'topic', 'channel', 'task', 'function', 'method', 'exception',
  'culprit', 'generator', 'type', 'class', 'kind', 'engine', 'schema', 'dataset', 'bundle', 'signing', 'attachment',
  'folder', 'directory', 'module', 'arn', 'organization', 'organisation', 'company', 'customer', 'team', 'software', 'malware', 'family', 'version', 'field', 'fields', 'component', 'sourcetype',
]); // prettier-ignore

/** Whether a dotted name under this key is a program, file or service rather than a host. */
export const namesNoHostByKey = ({ words }: KeyWords): boolean =>
  words.some((word) => NO_NAME.has(word));
