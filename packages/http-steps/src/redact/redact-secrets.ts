import { MIN_SECRET_CHARACTERS, spellingsOf, toLowerAscii } from './secret-spellings.js';
import { readingsOf, type Reading } from './unescape.js';

const REDACTED = '[redacted]';

/** The texts to search for, in lower case. */
export type Spellings = readonly string[];

export const prepareSecrets = (secrets: readonly string[]): Spellings => [
  ...new Set(secrets.filter(({ length }) => length >= MIN_SECRET_CHARACTERS).flatMap(spellingsOf)),
];

/**
 * Removes secrets from a text: in any letter case, in base64, in hexadecimal, and under layers of URL, JSON and
 * HTML escapes. In a text that was cut off (`isCut`), it also removes the beginning of a secret at the end.
 */
export function redactSecrets(
  text: string,
  spellings: Spellings,
  { isCut }: { isCut: boolean },
): string {
  if (text.length < MIN_SECRET_CHARACTERS) return text;
  const whole = isCut ? withoutHalfAnEscape(text) : text;
  const found = readingsOf(whole).flatMap((reading) => rangesIn(reading, spellings, isCut));
  return found.length === 0 ? text : replaceRanges(whole, found);
}

/** Start, and end (exclusive). */
type Range = [number, number];

function rangesIn({ text, starts }: Reading, spellings: Spellings, isCut: boolean) {
  const lower = toLowerAscii(text);
  const ranges: Range[] = [];
  const add = (from: number, to: number): void => {
    ranges.push([starts[from] ?? 0, starts[to] ?? 0]);
  };
  for (const spelling of spellings) {
    for (let at = lower.indexOf(spelling); at !== -1; at = lower.indexOf(spelling, at + 1)) {
      add(at, at + spelling.length);
    }
    const begun = isCut ? lengthOfStartAtEnd(lower, spelling) : 0;
    if (begun > 0) add(lower.length - begun, lower.length);
  }
  return ranges;
}

/** How many characters of the spelling the text ends with; 0 when they are too few to reveal it. */
function lengthOfStartAtEnd(text: string, spelling: string): number {
  const head = spelling.slice(0, MIN_SECRET_CHARACTERS);
  const first = Math.max(0, text.length - spelling.length + 1);
  for (let at = text.indexOf(head, first); at !== -1; at = text.indexOf(head, at + 1)) {
    if (spelling.startsWith(text.slice(at))) return text.length - at;
  }
  return 0;
}

function replaceRanges(text: string, ranges: readonly Range[]): string {
  const pieces: string[] = [];
  let done = 0;
  let [from, to]: Range = [0, 0];
  const close = (): void => {
    if (to === 0) return;
    pieces.push(text.slice(done, from), REDACTED);
    done = to;
  };
  for (const range of ranges.toSorted(([a], [b]) => a - b)) {
    if (range[0] < to) {
      to = Math.max(to, range[1]);
      continue;
    }
    close();
    [from, to] = range;
  }
  close();
  return pieces.join('') + text.slice(done);
}

const withoutHalfAnEscape = (text: string): string =>
  text.replace(/(?:%[0-9a-f]?|\\(?:u[0-9a-f]{0,3}|x[0-9a-f]?)?|&[#a-z0-9]{0,8})$/i, '');
