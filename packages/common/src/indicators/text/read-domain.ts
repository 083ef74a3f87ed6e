import { canonicalizeDomain } from '../canonicalize/domain.js';
import { isInfrastructure, isReadingOrConsoleHost } from '../fields/known-hosts.js';
import { looksLikeCode } from './code-names.js';
import { isFileName, mayBeFileName } from './file-extensions.js';
import type { Finding, TextPolicy } from './finding.js';
import { FOREIGN } from './glance.js';
import { isPublicDomain, isTopLevelDomain } from './public-suffix.js';
import type { Token } from './token.js';

const CONTEXT_REACH = 32;
const DNS_BEFORE =
  /(?:domains?|dns|hosts?|hostname|sites?|website|server|fqdn|sni|quer(?:y|ied)|resolv\w{0,5}|lookup of|beacon\w{0,4}|c2|contacted|visited|connect\w{0,5})(?:\s(?:to|for|name|is|of|with))?["']?\s?[:=]?\s?["'[(]?$/i;
const CODE_BEFORE = /[%$@#{]$|\.\w{0,4}\($|\bimage[=:]\s?$|\bat\s$/i;
const NON_ASCII = /[^\w.-]+/;
const BACKSLASH_PATH = /(?:^|[\s"'(=])\\\\$/;

/** A name under a public suffix that is no file, no field and no piece of code. */
export function readDomain(token: Token, written: string, policy: TextPolicy): Finding | undefined {
  if (!policy.isProse && !policy.acceptsAnySuffix) return undefined;
  const whole = accept(token, written, token.start, policy);
  if (whole || (token.kinds & FOREIGN) === 0) return whole;
  // "访问evil.com的主机": scripts that put no blanks around a name
  let offset = 0;
  for (const part of written.split(NON_ASCII)) {
    offset = written.indexOf(part, offset);
    const found = part.includes('.')
      ? accept(token, part, token.start + offset, policy)
      : undefined;
    if (found) return found;
  }
  return undefined;
}

function accept(
  token: Token,
  written: string,
  start: number,
  policy: TextPolicy,
): Finding | undefined {
  if (!policy.acceptsAnySuffix && !isTopLevelDomain(written.slice(written.lastIndexOf('.') + 1))) {
    return undefined;
  }
  const before = token.text.slice(Math.max(0, start - CONTEXT_REACH), start);
  const after = token.text.slice(start + written.length, start + written.length + 2);
  if (isPathPart(before) || isCodeContext(before, after) || looksLikeCode(written))
    return undefined;
  const isClaimed = () => DNS_BEFORE.test(before) || policy.isDefanged?.(written) === true;
  if (mayBeFileName(written.toLowerCase()) && !isClaimed()) return undefined;
  const canonical = canonicalizeDomain(written);
  if (!canonical.ok || !isHostName(canonical.value, policy)) return undefined;
  return { type: 'domain', value: written, offset: start, rule: 'domain' };
}

const isHostName = (name: string, policy: TextPolicy): boolean =>
  !isFileName(name) &&
  (policy.acceptsAnySuffix || isPublicDomain(name)) &&
  !isInfrastructure(name) &&
  !isReadingOrConsoleHost(name);

const isPathPart = (before: string): boolean =>
  (before.endsWith('\\') && !BACKSLASH_PATH.test(before)) ||
  (before.endsWith('/') && !before.endsWith('//'));

const isCodeContext = (before: string, after: string): boolean =>
  CODE_BEFORE.test(before) || /^[(=!@]/.test(after) || after === '::';
