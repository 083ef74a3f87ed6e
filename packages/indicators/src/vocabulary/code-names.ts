/** Names of objects that have fields or methods, in events and in scripts. */
const FIELD_ROOTS = new Set([
  'user', 'host', 'process', 'proc', 'file', 'event', 'evt', 'agent', 'container', 'rule', 'source', 'destination', 'client',
  'server', 'fd', 'k8s', 'ka', 'kube', 'thread', 'group', 'cloud', 'network', 'dns', 'http', 'url', 'tls', 'log', 'service',
  'config', 'settings', 'metadata', 'params', 'props', 'ctx', 'env', 'observer', 'threat', 'alert', 'kibana', 'winlog', 'data', 'sys', 'os', 'node', 'pod', 'image', 'parent', 'registry',
  'session', 'target', 'actor', 'device', 'related', 'self', 'this', 'app', 'request', 'response', 'microsoft', 'system', 'syscheck',
  'entity', 'organization', 'orchestrator', 'package', 'vulnerability', 'error', 'message', 'email', 'auditd', 'decoder', 'manager',
  'window', 'document', 'navigator', 'console', 'kubernetes', 'docker', 'openshift', 'aws', 'azure', 'gcp', 'okta', 'falco', 'metric', 'memory', 'cpu', 'disk', 'jvm', 'prometheus',
]); // prettier-ignore
/** Names of fields and methods that are also top-level domains. */
const FIELD_LEAVES = new Set([
  'name', 'id', 'pid', 'info', 'sport', 'group', 'host', 'link', 'zone', 'date', 'security', 'email', 'services', 'domains',
  'tools', 'network', 'computer', 'systems', 'direct', 'number', 'style', 'page', 'data', 'do', 'properties', 'support', 'target',
  'call', 'map', 'new', 'next', 'open', 'run', 'select', 'show', 'watch', 'work', 'load', 'parts', 'report', 'audio', 'video', 'country',
]); // prettier-ignore
/** Product names that look like domains. */
const PRODUCTS = new Set(['asp.net', 'ado.net', 'vb.net', 'ml.net']);
/** Names of environments that are top-level domains with hardly any sites. */
const ENVIRONMENTS = new Set(['prod']);
const REVERSED_ROOTS = new Set([
  'com',
  'org',
  'net',
  'io',
  'edu',
  'gov',
  'java',
  'javax',
  'sun',
  'jdk',
  'kotlin',
  'android',
  'django',
  'urllib',
]);
const GENERIC_TLDS = new Set(['com', 'net', 'org', 'edu', 'gov', 'mil', 'int']);
const MALWARE_WORDS =
  /^(?:trojan|win32|win64|w32|w64|worm|backdoor|ransom\w*|exploit|hacktool|generic|adware|variant|heur|pua|pup|riskware|virus|malware|msil|js|vbs|html|linux|macos|android|script|downloader|dropper|spyware|gen|suspicious|behavior|mal|troj|packed)$/i;
/** A release number with its stage: `1.5.0.GA`. */
const RELEASE = /^\d{1,5}(?:\.\d{1,5}){2,4}\.[A-Z]{2,8}$/i;
const CAPITALISED = /^[A-Z][a-z]+$/;

/**
 * Whether a dotted name comes from code, a field list or a malware name and only ends like a domain:
 * `user.name`, `u.name`, `System.IO`, `com.example.App`, `ASP.NET`, `Trojan.Win32.Agent.pk`.
 */
export function looksLikeCode(written: string): boolean {
  const labels = written.split('.');
  const first = (labels[0] ?? '').toLowerCase();
  const last = labels.at(-1) ?? '';
  const tld = last.toLowerCase();
  if (ENVIRONMENTS.has(tld) || PRODUCTS.has(written.toLowerCase())) return true;
  if (FIELD_LEAVES.has(tld) && holdsFields(first, labels.length)) return true;
  if (labels.length > 2 && REVERSED_ROOTS.has(first) && !GENERIC_TLDS.has(tld)) return true;
  if (MALWARE_WORDS.test(first) || RELEASE.test(written)) return true;
  return hasCodeCase(written, labels, last);
}

/** Whether the first label is a known object, or the alias of a table or variable: `u` in `u.name`. */
const holdsFields = (first: string, labelCount: number): boolean =>
  FIELD_ROOTS.has(first) || (first.length === 1 && labelCount === 2);

function hasCodeCase(written: string, labels: string[], last: string): boolean {
  if (CAPITALISED.test(last)) return true;
  const isShouting = written === written.toUpperCase();
  return (
    !isShouting && last === last.toUpperCase() && labels.some((label) => CAPITALISED.test(label))
  );
}
