import { isIP } from 'node:net';
import type { Finding, Span, TextPolicy } from './finding.js';
import { readDomain } from './read-domain.js';
import { readHash } from './read-hash.js';
import { readIpv4, readIpv6 } from './read-ip.js';

const WORD = 1;
const DOT = 2;
const COLON = 3;
const MAX_TOKEN_CHARACTERS = 512;
const SHORTEST_HASH = 32;

/** What a character may be inside a token: 0 ends it. */
const KINDS = new Uint8Array(128);
for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_') {
  KINDS[letter.charCodeAt(0)] = WORD;
}
KINDS['.'.charCodeAt(0)] = DOT;
KINDS[':'.charCodeAt(0)] = COLON;

const isForeignPunctuation = (code: number): boolean =>
  code <= 0xbf ||
  (code >= 0x2000 && code <= 0x206f) ||
  (code >= 0x3000 && code <= 0x301f) ||
  code >= 0xff00;

function kindOf(code: number): number {
  if (code < 128) return KINDS[code] ?? 0;
  if (code === 0x3002 || code === 0xff0e) return DOT;
  return isForeignPunctuation(code) ? 0 : WORD;
}

export type Token = { text: string; start: number; end: number; policy: TextPolicy };

/** Addresses, names and hashes: one pass over the tokens between the spans that are taken. */
export function scanTokens(text: string, policy: TextPolicy, taken: readonly Span[]): Finding[] {
  const findings: Finding[] = [];
  let position = 0;
  for (const [start, end] of [...taken, [text.length, text.length] as const]) {
    scanRange(text, position, start, policy, findings);
    position = Math.max(position, end);
  }
  return findings;
}

function scanRange(
  text: string,
  from: number,
  to: number,
  policy: TextPolicy,
  findings: Finding[],
): void {
  let start = -1;
  let dots = 0;
  let colons = 0;
  for (let index = from; index <= to; index += 1) {
    const kind = index < to ? kindOf(text.charCodeAt(index)) : 0;
    if (kind !== 0) {
      if (start < 0) start = index;
      if (kind === DOT) dots += 1;
      else if (kind === COLON) colons += 1;
      continue;
    }
    const length = index - start;
    if (
      start >= 0 &&
      (dots > 0 || colons > 1 || length >= SHORTEST_HASH) &&
      length <= MAX_TOKEN_CHARACTERS
    ) {
      readToken({ text, start, end: index, policy }, findings);
    }
    start = -1;
    dots = 0;
    colons = 0;
  }
}

function readToken(token: Token, findings: Finding[]): void {
  const trimmed = trim(token);
  if (trimmed.end - trimmed.start < 3) return;
  const written = token.text.slice(trimmed.start, trimmed.end);
  if (written.includes(':')) {
    const address = readIpv6(trimmed);
    if (address) {
      findings.push(address);
      return;
    }
    for (const part of splitAt(trimmed, ':')) readPart(part, findings);
    return;
  }
  readPart(trimmed, findings);
}

function readPart(part: Token, findings: Finding[]): void {
  const token = trim(part);
  const written = token.text.slice(token.start, token.end);
  if (!written.includes('.') && !/[\u3002\uff0e]/.test(written)) {
    const hash = readHash(token, written);
    if (hash) findings.push(hash);
    return;
  }
  if (/^[\d.-]+$/.test(written)) {
    for (const piece of isIP(written) === 4 ? [token] : splitAt(token, '-')) {
      const address = readIpv4(piece);
      if (address) findings.push(address);
    }
    return;
  }
  const domain = readDomain(token, written);
  if (domain) findings.push(domain);
}

function trim(token: Token): Token {
  let { start, end } = token;
  const isEdge = (index: number) => '.:-_'.includes(token.text.charAt(index));
  while (end > start && isEdge(end - 1) && !endsCompressed(token.text, end, start)) end -= 1;
  while (
    start < end &&
    isEdge(start) &&
    !token.text.startsWith('::', start) &&
    token.text.charAt(start) !== '_'
  )
    start += 1;
  return { ...token, start, end };
}

/** `fe80::` ends in colons that belong to it. */
const endsCompressed = (text: string, end: number, start: number): boolean =>
  end - 2 > start && text.slice(end - 2, end) === '::' && /[0-9a-f]/i.test(text.charAt(end - 3));

function splitAt(token: Token, separator: string): Token[] {
  const parts: Token[] = [];
  let { start } = token;
  while (start < token.end) {
    const at = token.text.indexOf(separator, start);
    const end = at < 0 || at > token.end ? token.end : at;
    if (end > start) parts.push({ ...token, start, end });
    start = end + 1;
  }
  return parts;
}
