/** Characters that no URL contains. */
const FOREIGN_CHARACTER =
  // eslint-disable-next-line no-control-regex -- a URL ends at control characters too
  /[\s"<>`|\\^\u0000-\u001f\u007f\u00a0\u00ab\u00bb\u2014\u2018-\u201f\u2039\u203a\u3000-\u3020\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]/;
/** An apostrophe outside a word. Inside one, as in `10'-x`, it belongs to the URL. */
const CLOSING_QUOTE = /'(?![\w/-])/;
/** A brace without a partner. Pairs around a name, as in `/users/{id}`, belong to the URL. */
const LONE_BRACE = /\{(?![\w'.-]{1,64}\})|(?<!\{[\w'.-]{1,64})\}/;
/** A comma between the members of a list. */
const LIST_COMMA = /,(?=$|\s|https?:|hxxp)/;
/** The end of a shell command. The marks in `/p;id=1`, `/p;v/q`, `?a=1&&b=2` and URL Defense's `__;` belong to the URL. */
const COMMAND_END = /(?:(?<!__);(?!\w[\w~-]{0,63}[/?])|&&)(?![\w.~-]{1,64}=)/;
/** Punctuation as an HTML entity. */
const ENTITY = /&(?:quot|lt|gt|apos|nbsp|#\d{2,5});/;
const END = new RegExp(
  [FOREIGN_CHARACTER, CLOSING_QUOTE, LONE_BRACE, LIST_COMMA, ENTITY, COMMAND_END]
    .map(({ source }) => source)
    .join('|'),
  'g',
);
const TRAILING = '.,;:!?~…[(';
/** The mark that closes what a mark before the URL opens: a quotation or a column of CSV. */
const CLOSED_BY: Readonly<Record<string, string>> = { "'": "'", ',': ',' };
const EMPHASIS = '*_';

/** The offset of the first character after a URL that starts at `start` and whose host starts at `hostStart`. */
export function urlStop(text: string, start: number, hostStart: number): number {
  END.lastIndex = hostStart;
  const stop = END.exec(text)?.index ?? text.length;
  const closing = CLOSED_BY[text.charAt(start - 1)];
  if (closing === undefined) return stop;
  const closed = text.slice(hostStart, stop).indexOf(closing);
  return closed < 0 ? stop : hostStart + closed;
}

/**
 * The length of a URL without trailing punctuation of the sentence, without a closing bracket that was opened
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

/** The offset of the first closing bracket without a partner; a round one counts only before another bracket. */
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
