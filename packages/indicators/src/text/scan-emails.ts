import { canonicalizeDomain } from '../canonicalize/domain.js';
import { canonicalizeEmail } from '../canonicalize/email.js';
import { type Findings, type TextPolicy } from './finding.js';
import { type Span } from '../values/rewritten-text.js';
import { DIGIT, DOT, FOREIGN, HEX_LETTER, JOINER, LETTER, kindOf } from './glance.js';
import { isPublicDomain } from '../vocabulary/public-suffix.js';

const LOCAL_REACH = 64;
const DOMAIN_REACH = 253;
const IN_DOMAIN = DIGIT | HEX_LETTER | LETTER | DOT | JOINER | FOREIGN;
/** An address after the at sign. In prose and commands, `root@192.0.2.1` names a host; in a field, `web@1.2.3.4` is a version. */
const ADDRESS = /^[\d.]+$/;
const LOCAL_SYMBOLS = "%+'";
const LOCAL_EDGES = ".+'-";
const DOMAIN_EDGES = '.-_';
const REACH_BEFORE = 24;
const MESSAGE_ID_BEFORE = /(?:message-?_?id|in-reply-to|references)\W{0,6}$/i;
/** The separator between message ids in a list. */
const NEXT_ID = /^>[\s,]{0,8}<$/;
const NEXT_ID_REACH = 10;
const MESSAGE_ID = /^<?\d[\d.]{9,}/;

/** Finds e-mail addresses by their `@`, reading outwards up to the lengths that mail allows. */
export function scanEmails(
  text: string,
  policy: TextPolicy,
  taken: readonly Span[],
  findings: Findings,
): Span[] {
  const spans = addressSpans(text, policy, taken);
  let idEnd = -Infinity;
  for (const span of spans) {
    const value = text.slice(...span);
    if (isMessageId(text, span[0], value, idEnd)) [, idEnd] = span;
    else if (isRemotePath(text.slice(span[1], span[1] + 2))) addHost(value, span[1], findings);
    else if (!findings.isDone('email', value) && isWanted(value, policy)) {
      findings.add({ type: 'email', value, span, rule: 'email' });
    }
  }
  return spans;
}

function addressSpans(text: string, policy: TextPolicy, taken: readonly Span[]): Span[] {
  const spans: Span[] = [];
  let from = 0;
  let nextSpan = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    while (nextSpan < taken.length && (taken[nextSpan]?.[1] ?? 0) <= at) nextSpan += 1;
    if ((taken[nextSpan]?.[0] ?? Infinity) <= at) continue;
    const span = readAround(text, at, from);
    if (!span || (policy.isProse && ADDRESS.test(text.slice(at + 1, span[1])))) continue;
    from = span[1];
    spans.push(span);
  }
  return spans;
}

function readAround(text: string, at: number, from: number): Span | undefined {
  const start = localStart(text, at, from);
  const end = start === at ? at : domainEnd(text, at + 1);
  return end > at + 3 && text.slice(at + 1, end).includes('.') ? [start, end] : undefined;
}

function localStart(text: string, at: number, from: number): number {
  let start = at;
  const floor = Math.max(from, at - LOCAL_REACH);
  while (start > floor && isInLocal(text.charCodeAt(start - 1), text.charAt(start - 1))) start -= 1;
  while (start < at && LOCAL_EDGES.includes(text.charAt(start))) start += 1;
  return start;
}

function domainEnd(text: string, first: number): number {
  let end = first;
  const ceiling = Math.min(text.length, first + DOMAIN_REACH);
  while (end < ceiling && (kindOf(text.charCodeAt(end)) & IN_DOMAIN) !== 0) end += 1;
  while (end > first && DOMAIN_EDGES.includes(text.charAt(end - 1))) end -= 1;
  return end;
}

const isInLocal = (code: number, character: string): boolean =>
  (kindOf(code) & IN_DOMAIN) !== 0 || LOCAL_SYMBOLS.includes(character);

/** Whether this is a message id, judged by its form, its header, or the id before it, which ends at `idEnd`. */
function isMessageId(text: string, start: number, value: string, idEnd: number): boolean {
  if (start - idEnd <= NEXT_ID_REACH && NEXT_ID.test(text.slice(idEnd, start))) return true;
  const before = text.slice(Math.max(0, start - REACH_BEFORE), start);
  return MESSAGE_ID_BEFORE.test(before) || (before.endsWith('<') && MESSAGE_ID.test(value));
}

function isWanted(value: string, policy: TextPolicy): boolean {
  const canonical = canonicalizeEmail(value);
  if (!canonical.ok || isLogin(value)) return false;
  const domain = canonical.value.slice(canonical.value.lastIndexOf('@') + 1);
  return policy.acceptsAnySuffix || isPublicDomain(domain);
}

/** Whether this is the login of a code forge (`git@host`) rather than an e-mail address. */
export const isLogin = (value: string): boolean => /^git@/i.test(value);

/** Whether a remote path follows, as in `root@host:/srv` and `root@host:~`. */
const isRemotePath = (after: string): boolean => /^:[/~]/.test(after);

function addHost(login: string, end: number, findings: Findings): void {
  const value = login.slice(login.lastIndexOf('@') + 1);
  const canonical = canonicalizeDomain(value);
  if (isLogin(login) || !canonical.ok || !isPublicDomain(canonical.value)) return;
  findings.add({ type: 'domain', value, span: [end - value.length, end], rule: 'login' });
}
