import { canonicalizeEmail } from '../canonicalize/email.js';
import type { Finding, Span, TextPolicy } from './finding.js';
import { isPublicDomain } from './public-suffix.js';

const LOCAL_REACH = 64;
const DOMAIN_REACH = 253;
const LOCAL = /[\p{L}\p{N}._%+'-]+$/u;
const DOMAIN = /^[\p{L}\p{N}_.-]+/u;
const MESSAGE_ID_BEFORE = /message-?_?id\W{0,6}$|<\d[\d.]{9,}[\w.-]*$/i;
const GIT_REMOTE = /^git@[\w.-]+:/;

/** Addresses, found by their `@` and read outwards within the lengths that mail allows. */
export function scanEmails(
  text: string,
  policy: TextPolicy,
  taken: readonly Span[],
): { findings: Finding[]; spans: Span[] } {
  const findings: Finding[] = [];
  const spans: Span[] = [];
  let from = 0;
  let nextSpan = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    while (nextSpan < taken.length && (taken[nextSpan]?.[1] ?? 0) <= at) nextSpan += 1;
    if ((taken[nextSpan]?.[0] ?? Infinity) <= at) continue;
    const span = readAround(text, at, from);
    if (!span) continue;
    from = span[1];
    spans.push(span);
    const value = text.slice(...span);
    if (isWanted(text, span, value, policy))
      findings.push({ type: 'email', value, offset: span[0], rule: 'email' });
  }
  return { findings, spans };
}

function readAround(text: string, at: number, from: number): Span | undefined {
  const local =
    LOCAL.exec(text.slice(Math.max(from, at - LOCAL_REACH), at))?.[0].replace(/^[.'+-]+/, '') ?? '';
  if (local === '') return undefined;
  const domain =
    DOMAIN.exec(text.slice(at + 1, at + 1 + DOMAIN_REACH))?.[0].replace(/[._-]+$/, '') ?? '';
  return domain.includes('.') ? [at - local.length, at + 1 + domain.length] : undefined;
}

function isWanted(text: string, [start]: Span, value: string, policy: TextPolicy): boolean {
  const canonical = canonicalizeEmail(value);
  if (!canonical.ok || GIT_REMOTE.test(text.slice(start, start + LOCAL_REACH))) return false;
  const before = text.slice(Math.max(0, start - 24), start);
  const local = value.slice(0, value.indexOf('@'));
  if (MESSAGE_ID_BEFORE.test(before) || MESSAGE_ID_BEFORE.test(before.slice(-1) + local))
    return false;
  const domain = canonical.value.slice(canonical.value.lastIndexOf('@') + 1);
  return policy.acceptsAnySuffix || isPublicDomain(domain);
}
