import { readingsOf } from './unescape.js';

/** Shorter texts are no secrets, and redacting them would remove ordinary text. */
export const MIN_SECRET_CHARACTERS = 6;

/**
 * The texts that reveal a secret, in lower case: the secret, without its own escapes, with `+` for its spaces, in
 * hexadecimal, and in base64 within a longer text.
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

/** Bytes before the secret, modulo 3: base64 encodes three bytes in four digits. */
const ALIGNMENTS = [0, 1, 2];

/** The digits that depend only on the secret, not on the bytes around it. */
function embeddedInBase64(bytes: Buffer, before: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = before === 0 ? 0 : 4;
  const last = Math.floor(padded.length / 3) * 4;
  return [
    padded.toString('base64').slice(first, last),
    padded.toString('base64url').slice(first, last),
  ];
}

/** Lowers `A`–`Z` only: some other letters change their length with their case. */
export const toLowerAscii = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
