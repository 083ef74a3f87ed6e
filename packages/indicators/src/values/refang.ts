const HINT = new RegExp(
  [
    String.raw`h(?:xx|\*\*|xt|tx)p|fxp`,
    String.raw`[[({]\s?(?:[.@:/-]|dot|at|:\/\/|https?|ftp)\s?[\])}]`,
    String.raw`[[\]{}(]\.|\.[[\]{})]|[\\^]\.`,
    String.raw`[ -]dot[ -]|\s[.@]\s`,
    String.raw`p(?:s?:\/\/[/\s]|s?:\\\\|s?__)`,
  ].join('|'),
  'i',
);
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\bh(?:xx|\*\*|xt|tx)p(s?)(?=\W|_)/gi, 'http$1'],
  [/\bfxp(s?)(?=:|\[)/gi, 'ftp$1'],
  [/[[({](https?|ftp)[\])}](?=:)/gi, '$1'],
  [/\b(https?|ftp)[[({]:[\])}]/gi, '$1:'],
  [/\b(https?|ftp)[[({]:\/\/[\])}]/gi, '$1://'],
  [/\b(https?|ftp)(?::\\\\|__)(?=\w)/gi, '$1://'],
  [/\b(https?|ftp):\/{2,3}\s?(?=[\w-]{1,63}\.\w)/gi, '$1://'],
  [/[[({]\/[\])}]/g, '/'],
  [/[[({]:[\])}]/g, ':'],
  [/(?<=\w)[[({]-[\])}](?=\w)/g, '-'],
  [/\s{0,2}[[({]\s?(?:\.|dot)\s?[\])}]\s{0,2}(?=\w)/gi, '.'],
  [/(?<=\w)(?:[[\]{}]{1,2}\.[[\]{}]{1,2}|[[{]\.\)|\(\.[\]}])(?=\w)/g, '.'],
  [/(?<=\w)-dot-(?=\w)/gi, '.'],
  [/(?<=[\w-]) DOT (?=[a-z]{2})/g, '.'],
  [/(?<=\w)[\\^]\.(?=\w)/g, '.'],
  [/(?<=\w) \. (?=(?:com|net|org|info|biz|ru|cn|io|co)\b)/gi, '.'],
  [/\s{0,2}[[({]\s?(?:@|at)\s?[\])}]\s{0,2}(?=[\w-])/gi, '@'],
];
/** `foo @ bar.com`, where the local part opens its line or follows punctuation. */
const SPACED_AT = /(?<=(?:^|[<(,;:]\s?)[\w.+-]{1,64})\s{1,2}@\s{1,2}(?=[\w-]{1,63}\.\w)/gim;
const HALF_OPEN = /(?<=\w)(?:[[\]{}]\.|\.[[\]{}])(?=\w)/g;
const BRACKET_REACH = 64;

/** Undoes the usual ways of making an indicator harmless: `hxxp`, `[.]`, `(dot)`, `[at]`, `[://]`. */
export function refang(text: string): string {
  if (!HINT.test(text)) return text;
  let plain = text;
  for (const [pattern, replacement] of REPLACEMENTS) plain = plain.replace(pattern, replacement);
  if (plain.includes(' @')) plain = plain.replace(SPACED_AT, '@');
  return plain.replace(HALF_OPEN, (match, offset: number, whole: string) =>
    isBalanced(match, offset, whole) ? match : '.',
  );
}

/** `list[0].name` closes what it opened; `evil].com` does not. */
function isBalanced(match: string, offset: number, whole: string): boolean {
  const bracket = match.replace('.', '');
  const isClosing = bracket === ']' || bracket === '}';
  const before = whole.slice(Math.max(0, offset - BRACKET_REACH), offset);
  const after = whole.slice(offset + match.length, offset + match.length + BRACKET_REACH);
  return isClosing
    ? before.lastIndexOf(bracket === ']' ? '[' : '{') > before.lastIndexOf(bracket)
    : after.includes(bracket === '[' ? ']' : '}');
}
