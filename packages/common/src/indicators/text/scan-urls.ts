import { URL_SCHEMES, canonicalizeUrl, hostOfUrl } from '../canonicalize/url.js';
import { isReadingOrConsoleHost } from '../fields/known-hosts.js';
import { MAX_URL_CHARACTERS } from '../limits.js';
import type { Finding, Span, TextPolicy } from './finding.js';
import { isPublicDomain } from './public-suffix.js';

const MARK = '://';
const MAX_SCHEME_CHARACTERS = 8;
// eslint-disable-next-line no-control-regex -- a URL ends at control characters too
const END =
  /[\s"'<>`{}|\\^\u0000-\u001f\u007f\u00a0\u2018-\u201f\u00ab\u00bb\u3000-\u3002\uff0c]|[,;](?=$|\s|https?:|hxxp)|&(?:quot|lt|gt|apos);/g;
const TRAILING = /[.,;:!?*_~…-]$/;
const ADDRESS_SEGMENT = /\/ip(?:v4)?(?:-?address(?:es)?)?\/(\d{1,3}(?:\.\d{1,3}){3})(?=$|[/?#])/i;

/** URLs with a scheme, found by their `://`; each character is read at most twice. */
export function scanUrls(text: string, policy: TextPolicy): { findings: Finding[]; spans: Span[] } {
  const findings: Finding[] = [];
  const spans: Span[] = [];
  let from = 0;
  for (let mark = text.indexOf(MARK); mark >= 0; mark = text.indexOf(MARK, from)) {
    const start = schemeStart(text, mark, from);
    const end = start === undefined ? mark + MARK.length : urlEnd(text, start, mark + MARK.length);
    from = end;
    if (start === undefined || end === mark + MARK.length) continue;
    spans.push([start, end]);
    findings.push(...readUrl(text.slice(start, end), start, policy));
  }
  return { findings, spans };
}

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

function urlEnd(text: string, start: number, hostStart: number): number {
  const window = text.slice(hostStart, start + MAX_URL_CHARACTERS);
  END.lastIndex = 0;
  const stop = END.exec(window)?.index ?? window.length;
  return hostStart + trimmedLength(window.slice(0, stop));
}

function trimmedLength(url: string): number {
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url.charAt(end - 1);
    if (TRAILING.test(last)) continue;
    if (!')]'.includes(last) || isBalanced(url.slice(0, end), last)) break;
  }
  return end;
}

function isBalanced(url: string, closing: string): boolean {
  const opening = closing === ')' ? '(' : '[';
  return url.split(opening).length >= url.split(closing).length;
}

function readUrl(written: string, offset: number, policy: TextPolicy): Finding[] {
  const canonical = canonicalizeUrl(written);
  const host = canonical.ok ? hostOfUrl(canonical.value) : undefined;
  if (!host || isReadingOrConsoleHost(host.value)) return [];
  if (host.type === 'domain' && !policy.acceptsAnySuffix && !isPublicDomain(host.value)) return [];
  const inPath = ADDRESS_SEGMENT.exec(written)?.[1];
  return [
    { type: 'url', value: written, offset, rule: 'url' },
    ...(inPath === undefined
      ? []
      : [{ type: 'ip' as const, value: inPath, offset, rule: 'url-path' }]),
  ];
}
