import { type ListEntryType, type ListPlace, toEntry } from './list-entry.js';

/** Of one pattern; longer ones are refused. */
export const MAX_PATTERN_CHARS = 10_000;

/** Object paths of STIX that are indicators here. */
const TYPES: readonly (readonly [RegExp, ListEntryType])[] = [
  [/^ipv[46]-addr:value$/, 'ip'],
  [/^domain-name:value$/, 'domain'],
  [/^url:value$/, 'url'],
  [/^email-addr:value$/, 'email'],
  [/^(?:file|artifact):hashes\.'?md5'?$/i, 'hash_md5'],
  [/^(?:file|artifact):hashes\.'?sha-?1'?$/i, 'hash_sha1'],
  [/^(?:file|artifact):hashes\.'?sha-?256'?$/i, 'hash_sha256'],
  [/^user-account:(?:user_id|account_login)$/, 'account'],
];

/**
 * The values of an indicator of STIX 2.1: comparisons that are joined by OR. Whoever joins them by AND means less than
 * each value, so that such a pattern cannot be a list. Other objects, and indicators that ended, hold nothing.
 */
export function readStixObject(
  object: unknown,
  place: string,
  now: Date = new Date(),
): ListPlace[] {
  if (typeof object !== 'object' || object === null) return [{ place, entry: 'is no object' }];
  const {
    type,
    pattern,
    pattern_type: kind = 'stix',
    name,
    revoked,
    valid_until: until,
  } = object as Record<string, unknown>;
  if (type !== 'indicator' || revoked === true) return [];
  if (typeof until === 'string' && new Date(until) <= now) return [];
  const at = `${place}/pattern`;
  if (kind !== 'stix') return [{ place: `${place}/pattern_type`, entry: 'is not `stix`' }];
  if (typeof pattern !== 'string' || pattern.length > MAX_PATTERN_CHARS)
    return [{ place: at, entry: `is no text of at most ${MAX_PATTERN_CHARS} characters` }];
  const comparisons = readPattern(pattern);
  if (typeof comparisons === 'string') return [{ place: at, entry: comparisons }];
  return comparisons.map(([path, value]) => {
    const known = TYPES.find(([test]) => test.test(path))?.[1];
    const entry =
      known === undefined
        ? `compares \`${path}\`, which is no indicator here`
        : toEntry({ value, type: known, reason: name });
    return { place: at, entry };
  });
}

const QUOTED = String.raw`'(?:[^'\\]|\\.)*'`;
const TOKEN = new RegExp(
  String.raw`\s*(?:(?<bracket>[[\]()])|(?<joint>AND|OR|FOLLOWEDBY)\b|` +
    String.raw`(?<path>[a-z][a-z0-9-]*:(?:[A-Za-z0-9_.-]|'[^']*'|\[\d+\])+)\s*(?:=|IN\b|ISSUBSET\b)\s*` +
    String.raw`(?<values>${QUOTED}|\(\s*${QUOTED}(?:\s*,\s*${QUOTED})*\s*\)))`,
  'y',
);

/** Pairs of object path and value, or what cannot be read. */
function readPattern(pattern: string): (readonly [string, string])[] | string {
  const pairs: (readonly [string, string])[] = [];
  TOKEN.lastIndex = 0;
  const end = pattern.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const { joint, path, values = '' } = TOKEN.exec(pattern)?.groups ?? { joint: `at ${from}` };
    if (joint !== undefined && joint !== 'OR')
      return joint.startsWith('at')
        ? `cannot be read at character ${from + 1}; comparisons by =, IN and ISSUBSET joined by OR are`
        : `joins comparisons by ${joint}; only OR makes a list`;
    if (path === undefined) continue;
    for (const [, value = ''] of values.matchAll(/'((?:[^'\\]|\\.)*)'/g))
      pairs.push([path, value.replaceAll(/\\(.)/g, '$1')]);
  }
  return pairs.length > 0 ? pairs : 'compares nothing';
}
