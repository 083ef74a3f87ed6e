const OPENING = /<style\b/gi;
const CLOSING = /<\/style\b/gi;

/** Blanks out the style sheets of a page. Their selectors look like domains: `a.link`, `td.top`. */
export function withoutStyleSheets(text: string): string {
  if (!text.includes('<')) return text;
  const pieces: string[] = [];
  let from = 0;
  OPENING.lastIndex = 0;
  for (let opening = OPENING.exec(text); opening; opening = OPENING.exec(text)) {
    CLOSING.lastIndex = opening.index;
    const end = CLOSING.exec(text)?.index ?? text.length;
    pieces.push(text.slice(from, opening.index), ' '.repeat(end - opening.index));
    from = end;
    OPENING.lastIndex = end;
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(from);
}
