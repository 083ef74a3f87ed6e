import { readingsOf } from './unescape.js';

/** Shorter ones would blot out ordinary text, and are no secrets. */
export const MIN_SECRET_CHARACTERS = 6;

/**
 * The texts that give a secret away, in lower case: itself, with its own escapes undone, with `+` for its spaces, in
 * hexadecimal, and in base64 as part of something longer.
 */
export function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const spellings = [
    ...readingsOf(secret).map(({ text }) => text),
    secret.replaceAll(' ', '+'),
    bytes.toString('hex'),
    ...ALIGNMENTS.flatMap((before) => embeddedInBase64(bytes, before)),
  ];
  return [...new Set(spellings.map(toLowerAscii))].filter(
    (spelling) => spelling.length >= MIN_SECRET_CHARACTERS,
  );
}

/** Bytes before the secret, modulo the three that four digits stand for. */
const ALIGNMENTS = [0, 1, 2];

/** The digits that depend on the secret alone, not on what stands before and after it. */
function embeddedInBase64(bytes: Buffer, before: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = before === 0 ? 0 : 4;
  const last = Math.floor(padded.length / 3) * 4;
  return [
    padded.toString('base64').slice(first, last),
    padded.toString('base64url').slice(first, last),
  ];
}

/** `A`–`Z` alone: no other letter of ours has cases, and some letters change their length with them. */
export const toLowerAscii = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
