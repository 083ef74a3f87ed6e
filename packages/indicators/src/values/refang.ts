import { defangedDots } from './defanged-dots.js';
import { type RewrittenText, rewritten } from './rewritten-text.js';

/** Something that every defanged text contains. Most texts do not, and are returned unchanged. */
const HINT = new RegExp(
  [
    String.raw`h(?:xx|\*\*|xt|tx)p|f(?:xp|tx)`,
    String.raw`[[({]{1,4}\s{0,2}(?:[@:/-]|dot|at|s[\])}]:|\/\/|:\/\/|https?|ftp|www)`,
    String.raw`dot\s{0,2}[\])}]|<\.>`,
    String.raw`[[\](){}\\^]\s{0,3}\.|\.\s{0,3}[[\](){}\\]\S?`,
    String.raw`[ -]dot[ -]|\s[.@]|@\s|\/\]`,
    String.raw`p(?:s?:\/\/[/\s]|s?:\\\\|s?:?__)`,
  ].join('|'),
  'i',
);

const SCHEME = '(?:https?|s?ftps?)';
const SUFFIX = '(?:com|net|org|info|biz|ru|cn|io|co|de|uk|nl|pl|xyz|top)';

type Rule = readonly [pattern: RegExp, replacement: string];

/** Rules that run before the dots. Look-behinds come last, because V8 finds a leading literal much faster. */
const SCHEMES: readonly Rule[] = [
  [/\b(h(?:tt|xx)p)[[({](s)[\])}](?=:)/gi, '$1$2'],
  [/\bh(?:xx|\*\*|xt|tx)p(s?)(?=\W|_)/gi, 'http$1'],
  [/\b(s?)f(?:xp|tx)(s?)(?=:|\[)/gi, '$1ftp$2'],
  [/[[({](https?|ftp)[\])}](?=:)/gi, '$1'],
  [/\b(https?|ftp)[[({]:[\])}]/gi, '$1:'],
  [/\b(https?|ftp)[[({]:\/\/[\])}]/gi, '$1://'],
  [/\b(https?|ftp)(?::[[({]\/\/[\])}]|[[({]:\/[\])}]\/)/gi, '$1://'],
  [new RegExp(String.raw`\b(${SCHEME})(?::\\\\|:?__)(?=\w)`, 'gi'), '$1://'],
  [/[[({]\/[\])}]/g, '/'],
  [/[[({]:[\])}]/g, ':'],
  [/[[({]-[\])}](?<=\w.{3})(?=\w)/g, '-'],
  [/[[({](www\d?)[\])}](?=\.)/gi, '$1'],
  // `evil[.com]`
  [new RegExp(String.raw`[[({]\.(${SUFFIX})[\])}](?<=\w[[({]\.[a-z]{2,4}.)`, 'gi'), '.$1'],
];

/** Rules for words in place of a dot, and for at signs. */
const WORDS: readonly Rule[] = [
  [/\s{0,2}[[({]{1,4}\s{0,2}dot\s{0,2}[\])}]{1,4}\s{0,2}(?=\w)/gi, '.'],
  // With one bracket missing: `evil[dotcom` and `evildot]com`.
  [new RegExp(String.raw`[[({]dot\s?(?<=\w[[({]dot\s?)(?=${SUFFIX}(?![\w\])}-]))`, 'gi'), '.'],
  [new RegExp(String.raw`dot[\])}]\s?(?<=\wdot[\])}]\s?)(?=${SUFFIX}\b)`, 'gi'), '.'],
  [/<\.>(?<=\w<\.>)(?=\w)/g, '.'],
  [/-dot-(?<=\w-dot-)(?=\w)/gi, '.'],
  [/ DOT (?<=[\w-] DOT )(?=[a-z]{2})/g, '.'],
  [/\s{0,2}[[({]{1,4}\s{0,2}(?:@|at)\s{0,2}[\])}]{1,4}\s{0,2}(?=[\w-])/gi, '@'],
];

/** Rules that run after the dots, because they look at hosts. */
const AROUND_HOSTS: readonly Rule[] = [
  [/\b(https?|ftp):\/{2,3}\s?(?=[\w-]{1,63}\.\w)/gi, '$1://'],
  // `evil.com[/path` and `evil.com/]path`.
  [/(?:\[\/|\/\])(?<=\.[a-z]{2,24}(?::\d{1,5})?..)(?=\w)/gi, '/'],
  // `foo @ bar.com`, if the local part starts the line or follows punctuation.
  [
    /\s{0,2}@\s{0,2}(?<=(?:^|[<(,;:]\s?)[\w.+-]{1,64}(?:\s{1,2}@\s{0,2}|@\s{1,2}))(?=[\w-]{1,63}\.[\w-])/gim,
    '@',
  ],
];

/** Undoes defanging: `hxxp`, `[.]`, `(dot)`, `[at]`, `[://]`. */
export function refang(text: string): string {
  if (!HINT.test(text)) return text;
  const plain = rewritten(text);
  refangRewritten(plain);
  return plain.text;
}

/** Like `refang`, for a text that keeps its original positions. */
export function refangRewritten(text: RewrittenText): void {
  if (!HINT.test(text.text)) return;
  for (const [pattern, replacement] of SCHEMES) text.replace(pattern, replacement);
  text.replaceSpans(defangedDots(text.text), '.');
  for (const [pattern, replacement] of WORDS) text.replace(pattern, replacement);
  for (const [pattern, replacement] of AROUND_HOSTS) text.replace(pattern, replacement);
}
