/** Text before an excerpt that is searched for the beginning of a secret in it. */
export const LOOK_BACK_CHARACTERS = 4_096;
/** Text after an excerpt that is searched for the end of a secret in it. */
const LOOK_AHEAD_CHARACTERS = 1_024;
const MASK = '***';

const SECRET_WORD =
  'passw|passphrase|pwd|secret|token|api[_-]?key|apikey|authorization|auth[_-]?key|credential|private[_-]?key|access[_-]?key|' +
  'signing[_-]?key|account[_-]?key|shared[_-]?key|session|cookie|connection[_-]?string|conn[_-]?str|signature|client[_-]?key';

/**
 * The value of a key that is named like a secret, up to what ends a member. In broken text a quote inside of the value
 * ends nothing.
 */
const NAMED = new RegExp(
  String.raw`[\w.-]{0,64}(?:${SECRET_WORD})[\w.-]{0,64}\\*["']?[ \t]{0,8}[:=][ \t\r\n]{0,8}(?<value>\\*["'](?:(?!["'][ \t]{0,8}(?:[,}\]\r\n]|$))[^\r\n])*["']?|[^\s,;&}\]]+)`,
  'gi',
);
/** Credentials after the name of their scheme, and those in a URL. */
const SCHEME =
  /\b(?:bearer|basic|digest|apikey|splunk|negotiate)[ \t]{1,8}(?<value>[^\s"',;}]{4,})/gi;
const USER_INFO = /\b[a-z][a-z0-9+.-]{1,15}:\/\/(?<value>[^\s"'/@]{1,512})@/gi;
/** Long texts of letters and digits, as random ones are; words and ids with hyphens are shorter. */
const RANDOM = /(?<value>[A-Za-z0-9+/_=~.-]{20,})/g;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HEXADECIMAL = /^(?=.*[a-f])(?=.*\d)[0-9a-f]{32,}$/i;

const looksRandom = (text: string): boolean =>
  !UUID.test(text) &&
  (HEXADECIMAL.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)));

type Range = readonly [from: number, to: number];

/** Finds the secrets around an excerpt; returns a function that shows parts of it, each secret as `***`. */
export function maskSecrets(
  text: string,
  from: number,
  to: number,
): (from: number, to: number) => string {
  const start = Math.max(0, from - LOOK_BACK_CHARACTERS);
  const near = text.slice(start, to + LOOK_AHEAD_CHARACTERS);
  const ranges = [
    ...rangesOf(near, NAMED),
    ...rangesOf(near, SCHEME),
    ...rangesOf(near, USER_INFO),
    ...rangesOf(near, RANDOM).filter(([begin, end]) => looksRandom(near.slice(begin, end))),
  ].toSorted(([a], [b]) => a - b);
  return (begin, end) => shown(near, ranges, Math.max(begin, 0) - start, end - start);
}

const rangesOf = (text: string, pattern: RegExp): Range[] =>
  [...text.matchAll(pattern)].map((match) => {
    const value = match.groups?.['value'] ?? '';
    const from = match.index + match[0].lastIndexOf(value);
    return [from, from + value.length];
  });

function shown(text: string, ranges: readonly Range[], from: number, to: number): string {
  let out = '';
  let at = from;
  for (const [begin, end] of ranges) {
    if (end <= at || begin >= to) continue;
    out += text.slice(at, Math.max(at, begin)) + MASK;
    at = Math.min(end, to);
  }
  return out + text.slice(at, to);
}
