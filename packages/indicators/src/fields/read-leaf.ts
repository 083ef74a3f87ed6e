import { type IndicatorType } from '@calseta/common';
import { canonicalizeDomain } from '../canonicalize/domain.js';
import { HASH_TYPE_OF_LENGTH, isPlaceholderHash } from '../canonicalize/hash.js';
import { canonicalizeIp, namesNoHost } from '../canonicalize/ip.js';
import { canonicalizeEmail } from '../canonicalize/email.js';
import { canonicalizeUrl, hostOfUrl } from '../canonicalize/url.js';
import { listedValues } from '../values/listed-values.js';
import { isLogin } from '../text/scan-emails.js';
import { trimmedLength, urlStop } from '../text/url-end.js';
import { AT, FOREIGN, LETTER, kindsIn } from '../text/glance.js';
import { looksLikeCode } from '../vocabulary/code-names.js';
import { isFileName, mayBeFileName } from '../vocabulary/file-extensions.js';
import { isProductLink } from '../vocabulary/link-wrappers.js';
import { namedInUrl } from '../vocabulary/lookup-links.js';
import { isPublicDomain } from '../vocabulary/public-suffix.js';
import { isNetwork } from '../text/read-ip.js';
import { isAccountValue } from './account-value.js';
import { type AnalyzedKey } from './analyzed-key.js';
import { type KeyHint } from '../vocabulary/key-hints.js';
import {
  isInfrastructure,
  isLookupHost,
  isReadingOrConsoleHost,
} from '../vocabulary/known-hosts.js';

export type WholeValue = { type: IndicatorType; value: string };
export type LeafContext = {
  key: AnalyzedKey;
  isConsoleLink: boolean;
  hint: KeyHint | undefined;
  forbidsHash: boolean;
  kinds: number;
};

const ZONE = /%\w{1,32}\]?$/;
const SINGLE_WORD = /^\S{3,2048}$/;
const CIDR = /^(\d{1,3}(?:\.\d{1,3}){3})(\/\d{1,2})$/;
const SHORTEST_HASH = 32;
const LONGEST_HASH = 72;
const HEX = /^(?:0x)?[0-9a-f]+$/i;
const NAMED_HEX = /^(?:md5|sha-?1|sha-?256)[:=]([0-9a-f]+)$/i;

/** Reads a string that is one value or a list of values; undefined if a part of it cannot be read. */
export const readValues = (text: string, context: LeafContext): WholeValue[] | undefined =>
  readList(text, context) ?? readWhole(text, context);

function readList(text: string, context: LeafContext): WholeValue[] | undefined {
  const read = listedValues(text)?.map((value) =>
    readWhole(value, { ...context, kinds: kindsIn(value) }),
  );
  return read?.every((values) => values !== undefined) ? read.flat() : undefined;
}

/** Reads a string that is one value. Its form decides first, then its key. */
function readWhole(text: string, context: LeafContext): WholeValue[] | undefined {
  if (context.hint === 'account' || context.hint === 'identity') {
    if (isAccountValue(text, context.hint, context.key)) return [{ type: 'account', value: text }];
  }
  if (!SINGLE_WORD.test(text)) return undefined;
  return (
    readUrl(text, context) ??
    readSchemeless(text, context) ??
    readIp(text, context) ??
    readHash(text, context) ??
    readEmail(text, context) ??
    readDomain(text, context)
  );
}

function readUrl(text: string, context: LeafContext): WholeValue[] | undefined {
  if (!text.includes('://')) return undefined;
  const canonical = canonicalizeUrl(text);
  if (!canonical.ok) return undefined;
  const host = hostOfUrl(canonical.value);
  if (host) return readLink(text, host.value, context);
  return context.isConsoleLink || context.hint !== 'url' ? [] : [{ type: 'url', value: text }];
}

function readLink(
  text: string,
  host: string,
  { isConsoleLink, hint }: LeafContext,
): WholeValue[] | undefined {
  const isLookup = isLookupHost(host);
  if (hint === 'text' && !isConsoleLink && (isLookup || !isWholeUrl(text))) return undefined;
  if (isLookup) return namedInUrl(text, host);
  return isConsoleLink || isProductLink(text, host) ? [] : [{ type: 'url', value: text }];
}

/** Whether a string is a URL and nothing else: no tag, quotation mark or end of a sentence follows. */
function isWholeUrl(text: string): boolean {
  const start = text.indexOf('://') + 3;
  const stop = urlStop(text, 0, start);
  return stop === text.length && trimmedLength(text.slice(start), '') === text.length - start;
}

const SCHEMELESS = /^([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})(?::\d{1,5})?\/(?!\d{1,3}$)/;

/** Reads the host of a URL without a scheme, such as `evil.net/gate.php`. */
function readSchemeless(text: string, context: LeafContext): WholeValue[] | undefined {
  const host = context.hint === 'url' ? SCHEMELESS.exec(text)?.[1] : undefined;
  if (host === undefined || context.isConsoleLink) return undefined;
  const ip = canonicalizeIp(host);
  return ip.ok ? [{ type: 'ip', value: host }] : readDomain(host, { ...context, hint: 'ip' });
}

function readIp(text: string, { kinds }: LeafContext): WholeValue[] | undefined {
  if ((kinds & (LETTER | FOREIGN | AT)) !== 0 && !ZONE.test(text)) return undefined;
  const [, inCidr, mask = ''] = CIDR.exec(text) ?? [];
  const address = inCidr !== undefined && !isNetwork(inCidr, mask) ? inCidr : text;
  const canonical = canonicalizeIp(address);
  if (!canonical.ok) return undefined;
  return namesNoHost(canonical.value) ? [] : [{ type: 'ip', value: address }];
}

function readHash(text: string, { key, hint, forbidsHash }: LeafContext): WholeValue[] | undefined {
  const digits = hexDigits(text);
  const type = HASH_TYPE_OF_LENGTH[digits?.length ?? 0];
  if (digits === undefined || !type) return undefined;
  const isNamed = (hint === 'hash' || hint === 'text') && !forbidsHash && !key.forbidsHash;
  return isNamed && !isPlaceholderHash(digits.toLowerCase()) ? [{ type, value: digits }] : [];
}

function hexDigits(text: string): string | undefined {
  if (text.length < SHORTEST_HASH || text.length > LONGEST_HASH) return undefined;
  return HEX.test(text) ? text.replace(/^0x/i, '') : NAMED_HEX.exec(text)?.[1];
}

function readEmail(text: string, { key, hint }: LeafContext): WholeValue[] | undefined {
  if (!text.includes('@')) return undefined;
  const canonical = canonicalizeEmail(text);
  if (!canonical.ok || text.startsWith('-')) return undefined;
  if (hint !== 'email' && isLogin(text)) return [];
  const domain = canonical.value.slice(canonical.value.lastIndexOf('@') + 1);
  if (key.isMessageId || (hint !== 'email' && !isPublicDomain(domain))) return [];
  return isLoginKey(key)
    ? [
        { type: 'email', value: text },
        { type: 'account', value: text },
      ]
    : [{ type: 'email', value: text }];
}

/** Whether an e-mail address under this key is also an account. */
const isLoginKey = ({ squashed }: AnalyzedKey): boolean =>
  /^(?:principal|actor|caller|login|initiator)email(?:address)?$/.test(squashed);

function readDomain(text: string, { key, hint }: LeafContext): WholeValue[] | undefined {
  const canonical = canonicalizeDomain(text);
  if (!canonical.ok) return undefined;
  const name = canonical.value;
  if (isFileName(name) || isInfrastructure(name)) return [];
  if (hint === 'domain') return [{ type: 'domain', value: text }];
  const mayBeFile = hint !== 'ip' && mayBeFileName(name);
  const isPlain = isPublicDomain(name) && !looksLikeCode(text) && !mayBeFile;
  return isPlain && !key.namesNoHost && !key.isId && !isReadingOrConsoleHost(name)
    ? [{ type: 'domain', value: text }]
    : [];
}
