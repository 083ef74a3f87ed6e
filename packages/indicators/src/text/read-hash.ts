import { HASH_TYPE_OF_LENGTH, isPlaceholderHash } from '../canonicalize/hash.js';
import { forbidsFileHash } from '../vocabulary/key-hints.js';
import { keyWords } from '../vocabulary/key-words.js';
import type { Finding, TextPolicy } from './finding.js';
import { type Token, isHexadecimal } from './token.js';

const CONTEXT_REACH = 32;
const NO_FILE_BEFORE =
  /(?:imphash|authentihash|pehash|import hash|ntlm|thumbprint|fingerprint|uuid|guid|\bid|\w(?:id|Id|ID)|token|\bkey|digest|commit|ja3s?|serial|password|secret|session|cookie|nonce|salt|etag)["']?(?:\s(?:is|of))?[\s:=("'#]{0,4}$/;
const KEY_BEFORE = /([\w.-]{1,24})["']?\s?[=:]\s?["']?$/;
const ALGORITHM_BEFORE = /(?:md5|sha-?1|sha-?256|hash|hashes|file|checksum)["']?[\s:=]{0,3}["']?$/i;
const ID_WORDS = new Set(['id', 'ids', 'uuid', 'guid', 'token', 'key']);

/** Hexadecimal of a hash's length in prose or a log, unless what stands before says that it is an id. */
export function readHash(
  { text, start, end, kinds }: Token,
  written: string,
  policy: TextPolicy,
): Finding | undefined {
  const type = HASH_TYPE_OF_LENGTH[written.length];
  if (!type || !policy.isProse || !isHexadecimal(kinds) || isPlaceholderHash(written)) {
    return undefined;
  }
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
  return forbidsFileHash(segments) || ID_WORDS.has(words.at(-1) ?? '') || key.endsWith('id');
}
