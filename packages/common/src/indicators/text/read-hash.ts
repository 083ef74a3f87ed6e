import { HASH_TYPE_OF_LENGTH, isPlaceholderHash } from '../canonicalize/hash.js';
import { forbidsFileHash } from '../fields/key-hints.js';
import { keyWords } from '../fields/key-words.js';
import type { Finding } from './finding.js';
import type { Token } from './scan-tokens.js';

const CONTEXT_REACH = 32;
const HEX = /^(?=[0-9a-f]{0,63}[a-f])(?=[0-9a-f]{0,63}\d)[0-9a-f]+$/i;
const NO_FILE_BEFORE =
  /(?:imphash|authentihash|pehash|import hash|ntlm|thumbprint|fingerprint|uuid|guid|\bid|\w(?:id|Id|ID)|token|\bkey|digest|commit|ja3s?|serial|password|secret|session|cookie|nonce|salt|etag)["']?(?:\s(?:is|of))?[\s:=("'#]{0,4}$/;
const KEY_BEFORE = /([\w.-]{1,24})["']?\s?[=:]\s?["']?$/;
const ALGORITHM_BEFORE = /(?:md5|sha-?1|sha-?256|hash|hashes|file|checksum)["']?[\s:=]{0,3}["']?$/i;

/** Hexadecimal of a hash's length in prose or a log, unless what stands before says that it is an id. */
export function readHash(
  { text, start, end, policy }: Token,
  written: string,
): Finding | undefined {
  const type = HASH_TYPE_OF_LENGTH[written.length];
  if (!policy.isProse || !type || !HEX.test(written) || isPlaceholderHash(written))
    return undefined;
  const before = text.slice(Math.max(0, start - CONTEXT_REACH), start);
  const next = text.charAt(end);
  if (next === '@' || next === '/' || before.endsWith('/') || before.endsWith('\\'))
    return undefined;
  if (NO_FILE_BEFORE.test(before) || isOtherKey(before)) return undefined;
  return { type, value: written, offset: start, rule: 'hash' };
}

function isOtherKey(before: string): boolean {
  const key = KEY_BEFORE.exec(before)?.[1];
  if (key === undefined) return before.endsWith(':') && !ALGORITHM_BEFORE.test(before);
  const { segments, words } = keyWords(key);
  return (
    forbidsFileHash(segments) ||
    /^(?:id|ids|uuid|guid|token|key)$/.test(words.at(-1) ?? '') ||
    /id$/.test(key)
  );
}
