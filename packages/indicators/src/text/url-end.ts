/** Characters that stand in no URL. */
const FOREIGN_CHARACTER =
  // eslint-disable-next-line no-control-regex -- a URL ends at control characters too
  /[\s"<>`|\\^\u0000-\u001f\u007f\u00a0\u00ab\u00bb\u2014\u2018-\u201f\u2039\u203a\u3000-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/;
/** An apostrophe goes on inside a word (`10'-x`), and closes a quotation elsewhere. */
const CLOSING_QUOTE = /'(?![\w/-])/;
/** Braces belong to a URL in pairs, around a name: `/users/{id}`. */
const LONE_BRACE = /\{(?![\w'.-]{1,64}\})|(?<!\{[\w'.-]{1,64})\}/;
/** Between the members of a list. */
const LIST_COMMA = /,(?=$|\s|https?:|hxxp)/;
/** Between the commands of a shell; `/p;id=1` and `?a=1&&b=2` go on. */
const COMMAND_END = /(?:;|&&)(?![\w.~-]{1,64}=)/;
/** Punctuation that HTML writes by its name or number. */
const ENTITY = /&(?:quot|lt|gt|apos|nbsp|#\d{2,5});/;
const END = new RegExp(
  [FOREIGN_CHARACTER, CLOSING_QUOTE, LONE_BRACE, LIST_COMMA, ENTITY, COMMAND_END]
    .map(({ source }) => source)
    .join('|'),
  'g',
);
const TRAILING = '.,;:!?~…[(';
/** What a URL stands between ends it as well: a quotation, a column of CSV, Markdown's emphasis. */
const CLOSED_BY: Readonly<Record<string, string>> = { "'": "'", ',': ',' };
const EMPHASIS = '*_';

/** Where a URL whose host starts at `hostStart` stops, read forwards: the first character that is none of its own. */
export function urlStop(text: string, start: number, hostStart: number): number {
  END.lastIndex = hostStart;
  const stop = END.exec(text)?.index ?? text.length;
  const closing = CLOSED_BY[text.charAt(start - 1)];
  if (closing === undefined) return stop;
  const closed = text.slice(hostStart, stop).indexOf(closing);
  return closed < 0 ? stop : hostStart + closed;
}

/**
 * The length of a URL without the punctuation of the sentence around it, without a bracket that opens
 * outside, and without what follows such a bracket in Markdown: `x](http://…`, `x)[…`.
 */
export function trimmedLength(url: string, before: string): number {
  let end = lonelyBracket(url) ?? url.length;
  let round = balance(url.slice(0, end), '(', ')');
  const isEmphasised = before !== '' && EMPHASIS.includes(before);
  for (; end > 0; end -= 1) {
    const last = url.charAt(end - 1);
    if (last === ')' && round < 0) round += 1;
    else if (!TRAILING.includes(last) && !(isEmphasised && last === before)) break;
    if (last === '(') round -= 1;
  }
  return end;
}

/** Where the first bracket closes that was not opened; a round one only before another bracket. */
function lonelyBracket(url: string): number | undefined {
  let square = 0;
  let round = 0;
  for (let index = 0; index < url.length; index += 1) {
    const character = url.charAt(index);
    if (character === '[') square += 1;
    else if (character === '(') round += 1;
    else if (character === ']') square -= 1;
    else if (character === ')') round -= 1;
    else continue;
    if (square < 0 || (round < 0 && '[('.includes(url.charAt(index + 1) || ' '))) return index;
  }
  return undefined;
}

function balance(text: string, opening: string, closing: string): number {
  let open = 0;
  for (const character of text) {
    if (character === opening) open += 1;
    else if (character === closing) open -= 1;
  }
  return open;
}
