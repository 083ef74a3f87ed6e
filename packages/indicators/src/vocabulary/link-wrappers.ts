import { canonicalizeUrl } from '../canonicalize/url.js';
import { isReadingOrConsoleHost } from './known-hosts.js';

/** Links inside of links that are opened. */
const MAX_WRAPPERS = 3;

/** Reads the link that a link of a service leads to. */
type Unwrap = (url: URL) => string | undefined;
type Wrapper = readonly [host: RegExp, path: RegExp, unwrap: Unwrap];

/** The link in the first of these parameters that is there. */
const parameter =
  (...names: readonly string[]): Unwrap =>
  ({ searchParams }) => {
    const name = names.find((one) => searchParams.has(one));
    return name === undefined ? undefined : (searchParams.get(name) ?? undefined);
  };

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const fromBase64 = (text: string): string =>
  Buffer.from(text.replaceAll(' ', '+'), 'base64').toString('utf8');

/** URL Defense v2 writes `%` as `-` and `/` as `_`. */
const defenseV2: Unwrap = ({ searchParams }) => {
  const written = searchParams.get('u');
  return written === null ? undefined : decode(written.replaceAll('-', '%').replaceAll('_', '/'));
};

const V3 = /\/v3\/__(.+?)__;([\w-]*=*)!/;
/** `*` stands for one removed character, `**` and a letter for as many as its place in the alphabet says. */
const V3_REMOVED = /\*(?:\*([\w-]))?/g;
const V3_LENGTHS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const V3_SHORTEST_RUN = 2;

/** URL Defense v3 keeps the link, but removes characters and puts them behind it in Base64. */
const defenseV3: Unwrap = ({ href }) => {
  const [, written, encoded] = V3.exec(href) ?? [];
  if (written === undefined || encoded === undefined) return undefined;
  const removed = Array.from(Buffer.from(encoded, 'base64url').toString('utf8'));
  let from = 0;
  const link = written.replace(V3_REMOVED, (_, length?: string) => {
    const count = length === undefined ? 1 : V3_LENGTHS.indexOf(length) + V3_SHORTEST_RUN;
    from += count;
    return removed.slice(from - count, from).join('');
  });
  // A proxy may have joined the slashes of the inner link.
  return link.replace(/^([a-z][a-z0-9+.-]{1,15}:)\/(?!\/)/i, '$1//');
};

/** The last part of the path is the link. */
const lastOfPath: Unwrap = ({ pathname, search, hash }) => {
  const link = /\/(https?(?::|%3a).+)$/i.exec(`${pathname}${search}${hash}`)?.[1];
  return link === undefined ? undefined : /%3a/i.test(link.slice(0, 8)) ? decode(link) : link;
};

const ANY = /^/;
const PROOFPOINT = /^urldefense(?:\.proofpoint)?\.(?:com|us)$/;

/** Services that put a link of their own before every link of a mail, and redirects that anybody may use. */
const WRAPPERS: readonly Wrapper[] = [
  // Microsoft Defender for Office 365, in mail and in Teams
  [/\.safelinks\.protection\.outlook\.com$/, ANY, parameter('url')],
  [/^statics\.teams\.(?:cdn\.office\.net|microsoft\.com)$/, /\/safelinks\//, parameter('url')],
  [PROOFPOINT, /^\/v1\/url/, parameter('u')],
  [PROOFPOINT, /^\/v2\/url/, defenseV2],
  [PROOFPOINT, /^\/v3\//, defenseV3],
  [/^linkprotect\.cudasvc\.com$/, /^\/url/, parameter('a')],
  [/^secure-web\.cisco\.com$/, ANY, lastOfPath],
  [/\.protection\.sophos\.com$/, ANY, ({ searchParams }) => fromBase64(searchParams.get('u') ?? '')],
  [/(?:^|[.-])trendmicro\.com$/, /\/wis\/clicktime\//, parameter('url')],
  [/^clicktime\.symantec\.com$/, ANY, parameter('u')],
  [/^protect\d?\.fireeye\.com$/, /\/url/, parameter('u')],
  // Mimecast keeps the link to itself; some of its links carry it.
  [/\.mimecast\.com$/, ANY, parameter('url', 'u')],
  [/^(?:www\.)?google(?:\.[a-z]{2,3}){1,2}$/, /^\/url$/, parameter('q', 'url')],
  [/^(?:www\.)?google(?:\.[a-z]{2,3}){1,2}$/, /^\/imgres$/, parameter('imgurl')],
  [/^(?:www\.)?googleadservices\.com$/, /^\/pagead\/aclk/, parameter('adurl')],
  [/^(?:www\.)?bing\.com$/, /^\/ck\/a/, ({ searchParams }) => fromBase64((searchParams.get('u') ?? '').slice(2))],
  [/^lm?\.facebook\.com$/, /^\/l\.php$/, parameter('u')],
  [/^l\.instagram\.com$/, ANY, parameter('u')],
  [/^(?:www\.)?youtube\.com$/, /^\/redirect$/, parameter('q')],
  [/^(?:www\.)?linkedin\.com$/, /^\/redir\/redirect$/, parameter('url')],
  [/^(?:www\.)?duckduckgo\.com$/, /^\/l\/$/, parameter('uddg')],
  [/^slack-redir\.net$/, /^\/link$/, parameter('url')],
  [/^(?:away\.)?vk\.com$/, /^\/away\.php$/, parameter('to')],
]; // prettier-ignore

/** The links that a link leads to by itself, from the outside to the inside. Nothing is asked. */
export function urlsBehind(canonicalUrl: string): string[] {
  const behind: string[] = [];
  for (let url = unwrapped(canonicalUrl); url !== undefined; url = unwrapped(url)) {
    behind.push(url);
    if (behind.length >= MAX_WRAPPERS) break;
  }
  return behind;
}

/** Whether a link only leads to another one. */
export const wrapsUrl = (canonicalUrl: string): boolean => unwrapped(canonicalUrl) !== undefined;

/** Whether a link leads to documentation or to a security product, rather than through it to somewhere else. */
export const isProductLink = (canonicalUrl: string, host: string): boolean =>
  isReadingOrConsoleHost(host) && !wrapsUrl(canonicalUrl);

const MAY_WRAP = /[?_]|\/https?/i;

function unwrapped(url: string): string | undefined {
  if (!MAY_WRAP.test(url) || !/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const wrapper = WRAPPERS.find(
    ([host, path]) => host.test(parsed.hostname) && path.test(parsed.pathname),
  );
  const link = wrapper?.[2](parsed)?.trim();
  const canonical = link === undefined ? undefined : canonicalizeUrl(link);
  return canonical?.ok && canonical.value !== url ? canonical.value : undefined;
}
