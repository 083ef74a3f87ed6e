import { cutToBytes } from '@calseta/common';
import { URL_SCHEMES, canonicalizeUrl, hostOfUrl } from '../canonicalize/url.js';
import { isReadingOrConsoleHost } from '../vocabulary/known-hosts.js';
import { MAX_FOUND_URL_BYTES } from '../values/limits.js';
import type { Findings, Span, TextPolicy } from './finding.js';
import { isPublicDomain, isTopLevelDomain } from '../vocabulary/public-suffix.js';

const MARK = '://';
const MAX_SCHEME_CHARACTERS = 8;
/** Characters that stand in no URL. */
const FOREIGN_CHARACTER =
  // eslint-disable-next-line no-control-regex -- a URL ends at control characters too
  /[\s"'<>`{}|\\^\u0000-\u001f\u007f\u00a0\u2018-\u201f\u00ab\u00bb\u3000-\u3002\uff0c]/;
/** Between the members of a list. */
const LIST_COMMA = /,(?=$|\s|https?:|hxxp)/;
/** Between the commands of a shell; `/p;id=1` and `?a=1&&b=2` go on. */
const COMMAND_END = /(?:;|&&)(?![\w.~-]{1,64}=)/;
/** Punctuation that HTML writes by its name or number. */
const ENTITY = /&(?:quot|lt|gt|apos|nbsp|#\d{2,5});/;
const END = new RegExp(
  [FOREIGN_CHARACTER, LIST_COMMA, ENTITY, COMMAND_END].map(({ source }) => source).join('|'),
  'g',
);
const TRAILING = '.,;:!?*_~…-';
const ADDRESS_SEGMENT = /\/ip(?:v4)?(?:-?address(?:es)?)?\/(\d{1,3}(?:\.\d{1,3}){3})(?=$|[/?#])/i;

const ADVICE_REACH = 80;
/** What points the reader to a page: a phrase, a label, or the text of a link behind one; no parameter of a query. */
const ADVICE_BEFORE =
  /(?<![\w?&])(?:refer to|ref(?:erences?)?|(?:read|learn) more|(?:more|further) (?:info|information|details?)|documentation|runbook|playbook)(?:,? (?:see|visit|at|on))?["']?[\s:=("'<[]{1,4}(?:[^[\]\n]{1,40}\]\()?$/i;

/** URLs with a scheme, found by their `://`; each character is read at most twice. */
export function scanUrls(text: string, policy: TextPolicy, findings: Findings): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (let mark = text.indexOf(MARK); mark >= 0; mark = text.indexOf(MARK, from)) {
    const hostStart = mark + MARK.length;
    const start = schemeStart(text, mark, from);
    const stop = start === undefined ? hostStart : firstEnd(text, hostStart);
    from = stop;
    if (start === undefined || stop === hostStart) continue;
    const kept = cutToBytes(text.slice(start, stop), MAX_FOUND_URL_BYTES);
    const end = hostStart + trimmedLength(kept.slice(hostStart - start));
    spans.push([start, start + kept.length < stop ? stop : end]);
    const written = text.slice(start, end);
    if (!findings.isDone('url', written) && !isAdvice(text, start))
      readUrl(written, start, policy, findings);
  }
  return spans;
}

/** Whether the words before point the reader somewhere. */
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

function firstEnd(text: string, hostStart: number): number {
  END.lastIndex = hostStart;
  return END.exec(text)?.index ?? text.length;
}

/** Without the punctuation of the sentence around it, and without a bracket that opens outside. */
function trimmedLength(url: string): number {
  let round = count(url, '(') - count(url, ')');
  let square = count(url, '[') - count(url, ']');
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url.charAt(end - 1);
    if (last === ')' && round < 0) round += 1;
    else if (last === ']' && square < 0) square += 1;
    else if (!TRAILING.includes(last)) break;
  }
  return end;
}

function count(text: string, character: string): number {
  let times = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) times += 1;
  return times;
}

/** Last label of a host that is a name: its suffix is asked about before anything costs more. */
const HOST_SUFFIX = /^[^/?#]*?\.([a-z][a-z0-9-]*)\.?(?::\d*)?(?=[/?#]|$)/i;

function hasUnknownSuffix(written: string): boolean {
  const suffix = HOST_SUFFIX.exec(written.slice(written.indexOf(MARK) + MARK.length))?.[1];
  return suffix !== undefined && !isTopLevelDomain(suffix);
}

function readUrl(written: string, offset: number, policy: TextPolicy, findings: Findings): void {
  if (!policy.acceptsAnySuffix && hasUnknownSuffix(written)) return;
  const canonical = canonicalizeUrl(written);
  const host = canonical.ok ? hostOfUrl(canonical.value) : undefined;
  if (!host || isReadingOrConsoleHost(host.value)) return;
  if (host.type === 'domain' && !policy.acceptsAnySuffix && !isPublicDomain(host.value)) return;
  findings.add({ type: 'url', value: written, offset, rule: 'url' });
  const inPath = ADDRESS_SEGMENT.exec(written)?.[1];
  if (inPath !== undefined) findings.add({ type: 'ip', value: inPath, offset, rule: 'url-path' });
}
