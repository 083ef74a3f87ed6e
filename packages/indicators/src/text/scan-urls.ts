import { isIP } from 'node:net';
import { cutToBytes } from '@calseta/common';
import { URL_SCHEMES, canonicalizeUrl, hostOfUrl } from '../canonicalize/url.js';
import { isProductLink } from '../vocabulary/link-wrappers.js';
import { MAX_FOUND_URL_BYTES } from '../values/limits.js';
import { type Span } from '../values/rewritten-text.js';
import { namedInUrl } from '../vocabulary/lookup-links.js';
import { type Findings, type TextPolicy } from './finding.js';
import { trimmedLength, urlStop } from './url-end.js';
import { isPublicDomain, isTopLevelDomain } from '../vocabulary/public-suffix.js';

/** The mark between scheme and host, plain or percent-encoded. */
const MARK = /:\/\/|%3a%2f%2f/gi;
const MAX_SCHEME_CHARACTERS = 8;

const ADVICE_REACH = 80;
/** Words that point the reader to a page: a phrase, a label, or a label with a Markdown link. */
const ADVICE_BEFORE =
  /(?<![\w?&])(?:refer to|ref(?:erences?)?|(?:read|learn) more|(?:more|further) (?:info|information|details?)|documentation|runbook|playbook)(?:,? (?:see|visit|at|on))?["']?[\s:=("'<[]{1,4}(?:[^[\]\n]{1,40}\]\()?$/i;

/** Finds URLs with a scheme by their `://`. Reads each character at most twice. */
export function scanUrls(text: string, policy: TextPolicy, findings: Findings): Span[] {
  const spans: Span[] = [];
  MARK.lastIndex = 0;
  for (let mark = MARK.exec(text); mark; mark = MARK.exec(text)) {
    const hostStart = mark.index + mark[0].length;
    const start = schemeStart(text, mark.index, spans.at(-1)?.[1] ?? 0);
    if (start === undefined) continue;
    const isEncoded = mark[0] !== '://';
    const stop = isEncoded ? encodedStop(text, hostStart) : urlStop(text, start, hostStart);
    MARK.lastIndex = Math.max(stop, hostStart);
    if (stop === hostStart || isBareIpv6(text, hostStart, stop)) continue;
    const kept = cutToBytes(text.slice(start, stop), MAX_FOUND_URL_BYTES);
    const end = hostStart + trimmedLength(kept.slice(hostStart - start), text.charAt(start - 1));
    spans.push([start, start + kept.length < stop ? stop : end]);
    const written = isEncoded ? decoded(text.slice(start, end)) : text.slice(start, end);
    if (!findings.isDone('url', written) && !isAdvice(text, start))
      readUrl(written, [start, end], policy, findings);
  }
  return spans;
}

const MAX_IPV6_CHARACTERS = 45;

/** Whether the host is an IPv6 address without brackets. It is read as an address, not as a URL. */
const isBareIpv6 = (text: string, start: number, end: number): boolean =>
  end - start <= MAX_IPV6_CHARACTERS && isIP(text.slice(start, end)) === 6;

const ENCODED = /[\w.~%+-]*/y;

/** The offset where a percent-encoded URL stops: at the next parameter or any unencoded delimiter. */
function encodedStop(text: string, hostStart: number): number {
  ENCODED.lastIndex = hostStart;
  return hostStart + (ENCODED.exec(text)?.[0].length ?? 0);
}

const PRINTABLE = /%[2-7][0-9a-f]/gi;

/** Decodes a URL that is percent-encoded as a whole. */
function decoded(written: string): string {
  const plain = written.replace(PRINTABLE, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
  return plain.slice(0, urlStop(plain, 0, plain.indexOf('://') + 3));
}

/** Whether the words before a URL point the reader to it. */
const isAdvice = (text: string, start: number): boolean =>
  ADVICE_BEFORE.test(text.slice(Math.max(0, start - ADVICE_REACH), start));

function schemeStart(text: string, mark: number, from: number): number | undefined {
  let start = mark;
  const floor = Math.max(from, mark - MAX_SCHEME_CHARACTERS);
  while (start > floor && isSchemeCode(text.charCodeAt(start - 1))) start -= 1;
  for (; start < mark; start += 1) {
    if (URL_SCHEMES.has(text.slice(start, mark).toLowerCase())) return start;
  }
  return undefined;
}

const isSchemeCode = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

/** The last label of a host name. It is checked first because that is cheap. */
const HOST_SUFFIX = /^[^/?#]*?\.([a-z][a-z0-9-]*)\.?(?::\d*)?(?=[/?#]|$)/i;

function hasUnknownSuffix(written: string): boolean {
  const suffix = HOST_SUFFIX.exec(written.slice(written.indexOf('://') + 3))?.[1];
  return suffix !== undefined && !isTopLevelDomain(suffix);
}

/** A URL whose host has more than one label or is in brackets. */
const NAMES_HOST = /^[^:]{2,8}:\/\/[^/?#]*[.[]/;

function readUrl(written: string, span: Span, policy: TextPolicy, findings: Findings): void {
  if (!NAMES_HOST.test(written)) return;
  if (!policy.acceptsAnySuffix && hasUnknownSuffix(written)) return;
  const canonical = canonicalizeUrl(written);
  const host = canonical.ok ? hostOfUrl(canonical.value) : undefined;
  if (!canonical.ok || !host || isProductLink(canonical.value, host.value)) return;
  if (host.type === 'domain' && !policy.acceptsAnySuffix && !isPublicDomain(host.value)) return;
  findings.add({ type: 'url', value: written, span, rule: 'url' });
  for (const { type, value, at } of namedInUrl(written, host.value)) {
    findings.add({ type, value, span: piece(span, written, at, value), rule: 'url-path' });
  }
}

/** The span of a part of a URL; of a decoded URL, the span of the whole. */
const piece = (span: Span, written: string, at: number, value: string): Span =>
  span[1] - span[0] === written.length ? [span[0] + at, span[0] + at + value.length] : span;
