const OPENING = /<style\b/i;
const CLOSING = /<\/style\b/i;

/** A page without its style sheets, whose selectors have the form of names: `a.link`, `td.top`. */
export function withoutStyleSheets(text: string): string {
  if (!text.includes('<')) return text;
  const [before = '', ...sheets] = text.split(OPENING);
  return before + sheets.map(afterSheet).join('');
}

function afterSheet(text: string): string {
  const end = text.search(CLOSING);
  return end < 0 ? '' : text.slice(end);
}
