import { canonicalizeDomain } from '../canonicalize/domain.js';
import { isInfrastructure, isReadingOrConsoleHost } from '../vocabulary/known-hosts.js';
import { looksLikeCode } from '../vocabulary/code-names.js';
import { isArchiveName, isFileName, mayBeFileName } from '../vocabulary/file-extensions.js';
import { type Finding, type TextPolicy } from './finding.js';
import { isPublicDomain, isTopLevelDomain } from '../vocabulary/public-suffix.js';
import { type TextToken } from './token.js';

const REACH_BEFORE = 32;
const REACH_AFTER = 10;
const DNS_BEFORE =
  /(?:domains?|dns|hosts?|hostname|sites?|website|server|fqdn|sni|quer(?:y|ied)|resolv\w{0,5}|lookup of|beacon\w{0,4}|c2|contacted|visited|connect\w{0,5})(?:\s(?:to|for|name|is|of|with))?["']?\s?[:=]?\s?["'[(]?$/i;
const CODE_BEFORE = /[%$@#{]$|\.\w{0,4}\($|\bimage[=:]\s?$|\bat\s$/i;
/** A path after the name, as in `evil.cc/gate`. Files have none; `Zoom.app/Contents` is a folder. */
const PATH_AFTER = /^\/(?!Contents)\w/;
const BACKSLASH_PATH = /(?:^|[\s"'(=])\\\\$/;

/** Reads a name under a public suffix that is no file, field or piece of code. */
export function readDomain(
  { text, start }: TextToken,
  written: string,
  policy: TextPolicy,
): Finding | undefined {
  if (!policy.isProse && !policy.acceptsAnySuffix) return undefined;
  if (!policy.acceptsAnySuffix && !isTopLevelDomain(lastLabel(written))) return undefined;
  const end = start + written.length;
  const before = text.slice(Math.max(0, start - REACH_BEFORE), start);
  const after = text.slice(end, end + REACH_AFTER);
  if (isPathPart(before) || isCodeContext(before, after) || looksLikeCode(written))
    return undefined;
  const name = written.toLowerCase();
  const isClaimed = () =>
    DNS_BEFORE.test(before) ||
    (PATH_AFTER.test(after) && !isArchiveName(name)) ||
    policy.isDefanged?.(written) === true;
  if (mayBeFileName(name) && !isClaimed()) return undefined;
  const canonical = canonicalizeDomain(written);
  if (!canonical.ok || !isHostName(canonical.value, policy)) return undefined;
  return { type: 'domain', value: written, span: [start, start + written.length], rule: 'domain' };
}

/** Full stops that IDNA takes for the dot between labels (RFC 3490, section 3.1). */
const lastLabel = (name: string): string =>
  name.slice(Math.max(...['.', '\u3002', '\uff0e'].map((dot) => name.lastIndexOf(dot))) + 1);

const isHostName = (name: string, policy: TextPolicy): boolean =>
  !isFileName(name) &&
  (policy.acceptsAnySuffix || isPublicDomain(name)) &&
  !isInfrastructure(name) &&
  !isReadingOrConsoleHost(name);

const isPathPart = (before: string): boolean =>
  (before.endsWith('\\') && !BACKSLASH_PATH.test(before)) ||
  (before.endsWith('/') && !before.endsWith('//'));

const isCodeContext = (before: string, after: string): boolean =>
  CODE_BEFORE.test(before) || /^(?:[(=@]|!\w|::)/.test(after);
