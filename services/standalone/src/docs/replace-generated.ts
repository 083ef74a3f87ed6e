const BEGIN = '<!-- By `npm run docs`, from the schemas: -->\n<!-- prettier-ignore-start -->\n';
const END = '<!-- prettier-ignore-end -->';

/** Replaces the text between the markers of a document. */
export function replaceGenerated(document: string, generated: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`The document lacks the markers:\n${BEGIN}${END}`);
  return `${document.slice(0, begin)}${BEGIN}\n${generated}\n${document.slice(end)}`;
}
