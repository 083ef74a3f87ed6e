import { type Span } from './rewritten-text.js';

/** Characters that are examined on each side of a dot. */
const REACH = 16;
/** Distance within which the partner of a bracket is searched. */
const BRACKET_REACH = 64;
const OPENING = '[({';
const CLOSING = '])}';

/** Suffixes that practically never follow a dot between spaces in prose. */
const SURE_SUFFIX = '(?:com|net|org|info|biz|ru|cn|io|co)';
const BEFORE_SURE_SUFFIX = new RegExp(String.raw`^${SURE_SUFFIX}\b`, 'i');
/** Labels up to a suffix, as in `evil(.site(.com`, or a number. */
const BEFORE_SUFFIX =
  /^(?:[\w-]{1,63}[()]{0,2}\.[()]{0,2}){0,4}(?:com|net|org|info|biz|edu|gov|ru|su|cn|io|co|uk|de|fr|nl|pl|br|in|us|eu|xyz|top|club|online|site|me|tk|cc|tv|to|ir|kr|jp|it|es|ua|ch|se|cz|ro|hu|tr|pw|ws|onion|\d{1,3})(?![\w-])/i;
const SUFFIX_REACH = 320;
/** A host in a URL that is written with spaces: `http:// evil .com`. */
const IN_HOST = /:\/\/ ?[\w.-]{1,63}$/;

/** Finds defanged dots and returns their spans: `[.]`, `(.`, `.]`, `[ . ]`, `\.`, `^.`, and ` . ` before a suffix. */
export function defangedDots(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) {
    if (!isMarked(text, dot)) continue;
    const start = runStart(text, dot, from);
    const end = runEnd(text, dot);
    if (start === 0 || !isWord(text, start - 1) || !isWord(text, end)) continue;
    if (!isDefanged(text, start, dot, end)) continue;
    spans.push([start, end]);
    from = end;
  }
  return spans;
}

/** Whether a dot has a bracket, space or backslash beside it. Rules out most dots cheaply. */
function isMarked(text: string, dot: number): boolean {
  const before = text.charAt(dot - 1);
  const after = text.charAt(dot + 1);
  return isMark(before) || before === '^' || (isMark(after) && !isBlank(after));
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t';

const isBracket = (character: string): boolean =>
  character !== '' && (OPENING.includes(character) || CLOSING.includes(character));

const isMark = (character: string): boolean =>
  isBracket(character) || isBlank(character) || character === '\\';

function isWord(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95 ||
    code > 0xbf
  );
}

function runStart(text: string, dot: number, from: number): number {
  let start = dot;
  const floor = Math.max(from, dot - REACH);
  while (start > floor && (isMark(text.charAt(start - 1)) || text.charAt(start - 1) === '^'))
    start -= 1;
  return start;
}

function runEnd(text: string, dot: number): number {
  let end = dot + 1;
  const ceiling = Math.min(text.length, dot + REACH);
  while (end < ceiling && isMark(text.charAt(end))) end += 1;
  return end;
}

function isDefanged(text: string, start: number, dot: number, end: number): boolean {
  const left = lastBracket(text, start, dot);
  const right = firstBracket(text, dot, end);
  if (left === undefined && right === undefined) return isBare(text, start, dot, end);
  const isOpened = left !== undefined && OPENING.includes(text.charAt(left));
  const isClosed = right !== undefined && CLOSING.includes(text.charAt(right));
  if (isOpened && isClosed) return true;
  if (isPartOfCode(text, left, dot, right)) return false;
  const hasBlank = /\s/.test(text.slice(start, end));
  const isRound = [left, right].some((at) => at !== undefined && '()'.includes(text.charAt(at)));
  return (!isRound && !hasBlank) || BEFORE_SUFFIX.test(text.slice(end, end + SUFFIX_REACH));
}

/** Whether a dot without brackets is defanged: escaped (`\.`, `^.`), or between spaces inside a host. */
function isBare(text: string, start: number, dot: number, end: number): boolean {
  const before = text.slice(start, dot);
  const after = text.slice(dot + 1, end);
  if (/^(?:\\{1,16}|\^)$/.test(before) && after === '') return true;
  if (before === ' \\') return after === ' ';
  if (before === '\\') return after === ' ' && isDefangedHost(text, start);
  if (before !== ' ') return false;
  if (after === ' ') {
    return (
      BEFORE_SURE_SUFFIX.test(text.slice(end, end + SUFFIX_REACH)) ||
      (isDigit(text.charAt(start - 1)) && isDigit(text.charAt(end)))
    );
  }
  return after === '' && IN_HOST.test(text.slice(Math.max(0, start - BRACKET_REACH), start));
}

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

const isDefangedHost = (text: string, end: number): boolean =>
  /\\\.[\w-]{1,63}$/.test(text.slice(Math.max(0, end - BRACKET_REACH), end));

function lastBracket(text: string, start: number, dot: number): number | undefined {
  for (let index = dot - 1; index >= start; index -= 1) {
    if (isBracket(text.charAt(index))) return index;
  }
  return undefined;
}

function firstBracket(text: string, dot: number, end: number): number | undefined {
  for (let index = dot + 1; index < end; index += 1) {
    if (isBracket(text.charAt(index))) return index;
  }
  return undefined;
}

/** Whether a bracket has a partner that is not defanged itself: `list[0].name`, `call(x).then`, `x.(type)`. */
function isPartOfCode(
  text: string,
  left: number | undefined,
  dot: number,
  right: number | undefined,
): boolean {
  // Two square or curly brackets that face the wrong way, as in `].[`, do not occur in code.
  const isDouble = left === dot - 1 && right === dot + 1;
  return [left, right].some((at) => {
    if (at === undefined) return false;
    const isRound = '()'.includes(text.charAt(at));
    return (!isDouble || isRound) && hasPartner(text, at);
  });
}

function hasPartner(text: string, at: number): boolean {
  const bracket = text.charAt(at);
  const opened = OPENING.indexOf(bracket);
  if (opened >= 0) {
    const after = text.slice(at + 1, at + 1 + BRACKET_REACH);
    const partner = after.indexOf(CLOSING.charAt(opened));
    return partner >= 0 && !isBesideDot(after, partner);
  }
  const before = text.slice(Math.max(0, at - BRACKET_REACH), at);
  const partner = before.lastIndexOf(OPENING.charAt(CLOSING.indexOf(bracket)));
  return partner > before.lastIndexOf(bracket) && !isBesideDot(before, partner);
}

const isBesideDot = (text: string, index: number): boolean =>
  text.charAt(index - 1) === '.' || text.charAt(index + 1) === '.';
