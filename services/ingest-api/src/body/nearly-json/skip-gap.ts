import { type Cursor, replace, take } from './cursor.js';

const BLANKS = /[ \t\r\n]+/y;
/** No-break and zero-width blanks and byte-order marks, which editors leave behind. */
const OTHER_BLANKS = /[\v\f\u00a0\u200b\u2028\u2029\u3000\ufeff]+/y;
/** Precedes each value of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = '\x1e';
const LINE_COMMENT = /\/\/[^\n]*/y;
const BLOCK_COMMENT = /\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//y;

type Span = { kind: 'comment' | 'blank'; from: number; to: number };
export type Gap = { hasLineBreak: boolean; spans: Span[] };

/** Skips blanks and comments; `closeGap` drops what is no blank in JSON. */
export function openGap(cursor: Cursor): Gap {
  const gap: Gap = { hasLineBreak: false, spans: [] };
  for (;;) {
    const from = cursor.at;
    const blanks = take(cursor, BLANKS);
    if (blanks !== undefined) {
      gap.hasLineBreak ||= blanks.includes('\n');
      continue;
    }
    const kind = takeOther(cursor);
    if (kind === undefined) return gap;
    gap.spans.push({ kind, from, to: cursor.at });
  }
}

function takeOther(cursor: Cursor): Span['kind'] | undefined {
  if (take(cursor, OTHER_BLANKS) !== undefined) return 'blank';
  if (cursor.text[cursor.at] === RECORD_SEPARATOR) {
    cursor.at += 1;
    return 'blank';
  }
  if (cursor.text[cursor.at] !== '/') return undefined;
  const comment = take(cursor, LINE_COMMENT) ?? take(cursor, BLOCK_COMMENT);
  return comment === undefined ? undefined : 'comment';
}

export function closeGap(cursor: Cursor, { spans }: Gap): void {
  for (const { kind, from, to } of spans) replace(cursor, kind, { from, to, by: ' ' });
}

/** Skips and drops blanks and comments; returns whether a line ended. */
export function skipGap(cursor: Cursor): boolean {
  const gap = openGap(cursor);
  closeGap(cursor, gap);
  return gap.hasLineBreak;
}
