import { HASH_TYPE_OF_LENGTH } from '../canonicalize/hash.js';
import { type Finding, type Findings, type TextPolicy } from './finding.js';
import { type Span } from '../values/rewritten-text.js';
import {
  COLON,
  DOT,
  FOREIGN,
  HEX_LETTER,
  IN_TOKEN,
  JOINER,
  LETTER,
  kindOf,
  kindsIn,
} from './glance.js';
import { readDomain } from './read-domain.js';
import { readHash } from './read-hash.js';
import { readIpv4, readIpv6 } from './read-ip.js';
import { type TextToken } from './token.js';

const MAX_TOKEN_CHARACTERS = 512;
const SHORTEST_TOKEN = 3;
const SHORTEST_HASH = 32;

type Scan = { text: string; policy: TextPolicy; findings: Findings };

/** Finds addresses, domains and hashes in one pass over the tokens outside the taken spans. */
export function scanTokens(
  text: string,
  policy: TextPolicy,
  taken: readonly Span[],
  findings: Findings,
): void {
  const scan = { text, policy, findings };
  let position = 0;
  for (const [start, end] of taken) {
    scanRange(scan, position, start);
    position = Math.max(position, end);
  }
  scanRange(scan, position, text.length);
}

function scanRange(scan: Scan, from: number, to: number): void {
  const { text } = scan;
  let start = from;
  let kinds = 0;
  for (let index = from; index <= to; index += 1) {
    const kind = index < to ? kindOf(text.charCodeAt(index)) & IN_TOKEN : 0;
    if (kind !== 0) {
      kinds |= kind;
      continue;
    }
    const length = index - start;
    if (
      ((kinds & (DOT | COLON)) !== 0 || length >= SHORTEST_HASH) &&
      length <= MAX_TOKEN_CHARACTERS
    ) {
      readToken(scan, { text, start, end: index, kinds });
    }
    start = index + 1;
    kinds = 0;
  }
}

function readToken(scan: Scan, token: TextToken): void {
  if ((token.kinds & COLON) === 0) {
    readPart(scan, token);
    return;
  }
  if (scan.findings.isDone('ip', token.text.slice(token.start, token.end))) return;
  const address = readIpv6(token);
  if (address) {
    if (!scan.findings.isDone('ip', address.value)) scan.findings.add(address);
    return;
  }
  for (const part of splitAt(token, ':')) readPart(scan, part);
}

/** A letter of a script that puts no spaces around Latin names; not its full stop. */
const UNSPACED = String.raw`(?!\u3002)[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}]`;
/** Where such a script touches a name or an address: `访问evil.com的`. */
const SCRIPT_CHANGE = new RegExp(`${UNSPACED}[a-z0-9]|[a-z0-9]\\u3002?${UNSPACED}`, 'iu');
const ASCII_RUN = /[\w.:-]+/g;

function readPart(scan: Scan, part: TextToken): void {
  const token = trim(part);
  if (token.end - token.start < SHORTEST_TOKEN) return;
  if ((token.kinds & DOT) === 0) {
    const type = HASH_TYPE_OF_LENGTH[token.end - token.start];
    if (type) take(scan, token, type, readHash);
  } else if ((token.kinds & FOREIGN) !== 0 && changesScript(token)) {
    for (const piece of asciiRuns(token)) readPart(scan, piece);
  } else if ((token.kinds & (HEX_LETTER | LETTER | FOREIGN)) !== 0) {
    take(scan, token, 'domain', readDomain);
  } else if ((token.kinds & JOINER) === 0) {
    take(scan, token, 'ip', readIpv4);
  } else {
    const pieces = splitAt(token, '-');
    if (!isRange(pieces)) for (const piece of pieces) take(scan, piece, 'ip', readIpv4);
  }
}

/** Whether two addresses are the bounds of a network: `10.0.0.0-10.255.255.255`. */
const isRange = ([first, last, ...others]: readonly TextToken[]): boolean =>
  first !== undefined &&
  last !== undefined &&
  others.length === 0 &&
  first.text.endsWith('.0', first.end) &&
  last.text.endsWith('.255', last.end);

type Reader = (
  token: TextToken,
  written: string,
  policy: TextPolicy,
  reject: Findings['reject'],
) => Finding | undefined;

function take(
  { text, policy, findings }: Scan,
  token: TextToken,
  type: Finding['type'],
  read: Reader,
): void {
  const written = text.slice(token.start, token.end);
  if (findings.isDone(type, written)) return;
  const finding = read(token, written, policy, findings.reject);
  if (finding) findings.add(finding);
}

const isEdge = (code: number): boolean => (kindOf(code) & (DOT | COLON | JOINER)) !== 0;

/** Removes punctuation at both ends. A leading underscore stays unless a trailing one pairs with it. */
function trim({ text, start, end, kinds }: TextToken): TextToken {
  let first = start;
  let last = end;
  while (last > first && isEdge(text.charCodeAt(last - 1))) last -= 1;
  const isEmphasised = text.charAt(last) === '_' && last < end;
  while (first < last && isEdge(text.charCodeAt(first))) {
    if (text.charAt(first) === '_' && !isEmphasised) break;
    first += 1;
  }
  if (first === start && last === end) return { text, start, end, kinds };
  return pieceOf(text, first, last);
}

const changesScript = ({ text, start, end }: TextToken): boolean =>
  SCRIPT_CHANGE.test(text.slice(start, end));

const asciiRuns = ({ text, start, end }: TextToken): TextToken[] =>
  [...text.slice(start, end).matchAll(ASCII_RUN)].map(({ index, 0: { length } }) =>
    pieceOf(text, start + index, start + index + length),
  );

const pieceOf = (text: string, start: number, end: number): TextToken => ({
  text,
  start,
  end,
  kinds: kindsIn(text, start, end),
});

function splitAt({ text, start, end }: TextToken, separator: string): TextToken[] {
  const parts: TextToken[] = [];
  for (let from = start; from < end;) {
    const at = text.indexOf(separator, from);
    const to = at < 0 || at > end ? end : at;
    if (to - from >= SHORTEST_TOKEN) parts.push(pieceOf(text, from, to));
    from = to + 1;
  }
  return parts;
}
