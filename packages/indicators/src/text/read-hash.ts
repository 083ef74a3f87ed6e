import { HASH_TYPE_OF_LENGTH, isPlaceholderHash } from '../canonicalize/hash.js';
import { forbidsFileHash } from '../vocabulary/key-hints.js';
import { keyWords } from '../vocabulary/key-words.js';
import { type Finding, type TextPolicy } from './finding.js';
import { type TextToken, isHexadecimal } from './token.js';

const CONTEXT_REACH = 64;
/** Names of digests that do not cover the whole file. The name can be on the line above or in the cell before. */
const PART_NAME = String.raw`(?:imphash|authenti-?hash|(?:rich )?pe ?hash|import(?:s|ed)? hash|import table hash|rich(?: pe)? header(?: hash| md5)?|vhash|ja3s?|hassh)`;
const PART_BEFORE = new RegExp(
  String.raw`\b${PART_NAME}(?: \(?(?:md5|sha-?256)\)?)?["'\x60*]{0,3}(?:\s(?:is|of))?[\s:=("'#|*\x60>\u2013-]{1,32}$`,
  'i',
);
/** The name in brackets after the digest: `… (imphash)`. */
const PART_AFTER = new RegExp(String.raw`^["'\x60]?\s{0,2}[([]${PART_NAME}[)\]]`, 'i');
const PART_AFTER_REACH = 32;
const ID_BEFORE =
  /(?:ntlm|thumbprint|fingerprint|uuid|guid|\bid|\w(?:id|Id|ID)|[Tt]oken|\b[Kk]ey|[Dd]igest|[Cc]ommit|[Cc]heckout|HEAD is now at|[Ss]erial(?: [Nn]umber)?|[Pp]assword|[Ss]ecret|[Ss]ession|[Cc]ookie|[Nn]once|[Ss]alt|[Ee][Tt]ag)["']?(?:\s(?:is|of))?[\s:=("'#]{0,4}$/;
const CERTIFICATE_BEFORE = /-----BEGIN [A-Z ]{1,40}-----\s{0,2}$/;
const KEY_BEFORE = /([\w.-]{1,24})["']?\s?[=:]\s?["']?$/;
const ALGORITHM_BEFORE = /(?:md5|sha-?1|sha-?256|hash|hashes|file|checksum)["']?[\s:=]{0,3}["']?$/i;
const ID_WORDS = new Set(['id', 'ids', 'uuid', 'guid', 'token', 'key']);

/**
 * Reads hexadecimal of a hash's length in prose or a log, unless the context makes it an id or the digest
 * of a part of a file. Such a digest is rejected everywhere in the text.
 */
export function readHash(
  { text, start, end, kinds }: TextToken,
  written: string,
  policy: TextPolicy,
  reject: (written: string) => void,
): Finding | undefined {
  const type = isHexadecimal(kinds) ? HASH_TYPE_OF_LENGTH[written.length] : undefined;
  if (!type || !policy.isProse || isPlaceholderHash(written)) return undefined;
  const before = text.slice(Math.max(0, start - CONTEXT_REACH), start);
  if (isPathPart(before, text.charAt(end))) return undefined;
  if (isOfPart(text, before, end)) {
    reject(written);
    return undefined;
  }
  if (isId(before)) return undefined;
  return { type, value: written, span: [start, start + written.length], rule: 'hash' };
}

const isPathPart = (before: string, next: string): boolean =>
  next === '@' || next === '/' || before.endsWith('/') || before.endsWith('\\');

const isId = (before: string): boolean =>
  ID_BEFORE.test(before) || CERTIFICATE_BEFORE.test(before) || isOtherKey(before);

const isOfPart = (text: string, before: string, end: number): boolean =>
  PART_BEFORE.test(before) || PART_AFTER.test(text.slice(end, end + PART_AFTER_REACH));

function isOtherKey(before: string): boolean {
  const key = KEY_BEFORE.exec(before)?.[1];
  if (key === undefined) return before.endsWith(':') && !ALGORITHM_BEFORE.test(before);
  const { segments, words } = keyWords(key);
  return forbidsFileHash(segments) || ID_WORDS.has(words.at(-1) ?? '') || key.endsWith('id');
}
