import { MAX_VALUE_BYTES } from '../values/limits.js';
import { type Canonical, type Invalid, invalid } from './canonical.js';
import { canonicalizeDomain } from './domain.js';
import { canonicalizeIp } from './ip.js';

const PARTS = /^([a-z][a-z0-9+.-]{1,15}):\/\/([^/?#\\]*)([/?#\\]\S*)?$/i;
const AUTHORITY = /^(?:([^@]*)@)?(\[[0-9a-f:.%]+\]|[^:@]+)(?::(\d{0,5}))?$/i;
const SINGLE_LABEL = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  http: '80',
  https: '443',
  ftp: '21',
  ws: '80',
  wss: '443',
  ldap: '389',
  ldaps: '636',
};

/** Schemes for which an empty path equals `/` (the "special schemes" of WHATWG URL). */
const PATH_STARTS_EMPTY = new Set(['http', 'https', 'ftp', 'ws', 'wss']);

/** Schemes of URLs that point to another machine. */
export const URL_SCHEMES: ReadonlySet<string> = new Set([
  ...Object.keys(DEFAULT_PORTS),
  'ftps', 'sftp', 'tftp', 'rmi', 'smb', 'nfs', 'ssh', 'telnet', 'gopher', 'tcp', 'udp', 'rtsp', 'socks5',
]); // prettier-ignore

export type UrlHost = { type: 'ip' | 'domain'; value: string };

type UrlParts = { scheme: string; userinfo: string; host: string; port: string; rest: string };

/** Lower-cases scheme and host, drops the default port, redacts the password, and keeps the path. */
export function canonicalizeUrl(text: string): Canonical | Invalid {
  const parts = splitUrl(text);
  const host = parts && canonicalHost(parts.host);
  if (!parts || !host) return invalid;
  const { scheme, userinfo, port, rest } = parts;
  const portSuffix = port === '' || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`;
  const isRoot = rest === '/' && PATH_STARTS_EMPTY.has(scheme);
  const rebuild = (name: string) =>
    `${scheme}://${userinfo}${name}${portSuffix}${isRoot ? '' : rest}`;
  const value = rebuild(host.value);
  const readable = host.displayValue === undefined ? value : rebuild(host.displayValue);
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return invalid;
  return {
    ok: true,
    value,
    ...(readable !== value && { displayValue: readable }),
    classification: host.classification,
  };
}

function splitUrl(text: string): UrlParts | undefined {
  const [, scheme = '', authority = '', rest = ''] = PARTS.exec(text) ?? [];
  const [, userinfo, host = '', port = ''] = AUTHORITY.exec(authority) ?? [];
  if (!URL_SCHEMES.has(scheme.toLowerCase()) || host === '' || Number(port) > 65_535) {
    return undefined;
  }
  return {
    scheme: scheme.toLowerCase(),
    userinfo: redact(userinfo),
    host,
    port: port.replace(/^0+(?=\d)/, ''),
    rest,
  };
}

function redact(userinfo: string | undefined): string {
  if (userinfo === undefined || userinfo === '') return '';
  const colon = userinfo.indexOf(':');
  return colon < 0 ? `${userinfo}@` : `${userinfo.slice(0, colon)}:redacted@`;
}

function canonicalHost(host: string): Omit<Canonical, 'ok'> | undefined {
  const ip = canonicalizeIp(host);
  if (ip.ok) return { ...ip, value: ip.value.includes(':') ? `[${ip.value}]` : ip.value };
  const domain = canonicalizeDomain(host);
  if (domain.ok) return domain;
  const label = host.toLowerCase();
  return SINGLE_LABEL.test(label) ? { value: label, classification: 'internal' } : undefined;
}

/** The host of a canonical URL; undefined for a single label. */
export function hostOfUrl(canonicalUrl: string): UrlHost | undefined {
  const host = splitUrl(canonicalUrl)?.host ?? '';
  const ip = canonicalizeIp(host);
  if (ip.ok) return { type: 'ip', value: ip.value };
  const domain = canonicalizeDomain(host);
  return domain.ok ? { type: 'domain', value: domain.value } : undefined;
}
