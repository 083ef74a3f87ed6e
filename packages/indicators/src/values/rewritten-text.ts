import { MAX_TRACED_EDITS } from './limits.js';

/** [start, end) in UTF-16 code units. */
export type Span = readonly [start: number, end: number];

/** A text that is rewritten step by step and can map its positions back to the original. */
export type RewrittenText = {
  readonly text: string;
  /** Replaces each match of a global pattern. The replacement can contain groups (`$1`). */
  replace(pattern: RegExp, replacement: string): void;
  /** Replaces spans. They must be in order and must not overlap. */
  replaceSpans(spans: readonly Span[], replacement: string): void;
  /**
   * The span in the original text; undefined after `MAX_TRACED_EDITS` replacements.
   */
  originalSpan(span: Span): Span | undefined;
};

/** One replacement: the replaced span, and the length of the replacement. */
type Edit = { before: Span; length: number };

/** A replacement that changed the length: start and end after it, start and end before it. */
type Shift = readonly [start: number, end: number, startBefore: number, endBefore: number];

/** The shifts of one step, in order. Positions beyond `end` are unknown. */
type Shifts = { list: readonly Shift[]; end: number };

export function rewritten(original: string): RewrittenText {
  let text = original;
  /** Shifts are computed on demand, because most texts contain no indicator. */
  const steps: (() => Shifts)[] = [];

  const advance = (next: string, edits: () => Iterable<Edit>) => {
    if (next === text) return;
    text = next;
    let shifts: Shifts | undefined;
    steps.push(() => (shifts ??= shiftsOf(edits())));
  };

  return {
    get text() {
      return text;
    },
    replace(pattern, replacement) {
      const before = text;
      advance(before.replace(pattern, replacement), () => editsIn(before, pattern, replacement));
    },
    replaceSpans(spans, replacement) {
      if (spans.length === 0) return;
      const { length } = replacement;
      advance(withSpansReplaced(text, spans, replacement), () =>
        spans.map((before) => ({ before, length })),
      );
    },
    originalSpan: (span) =>
      steps.reduceRight<Span | undefined>((at, shifts) => at && spanBefore(shifts(), at), span),
  };
}

function withSpansReplaced(text: string, spans: readonly Span[], replacement: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const [start, end] of spans) {
    pieces.push(text.slice(from, start));
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces.join(replacement);
}

const GROUP = /\$(\d)/g;

function* editsIn(text: string, pattern: RegExp, replacement: string): Generator<Edit> {
  for (const match of text.matchAll(pattern)) {
    const written = replacement.replace(GROUP, (_, group: string) => match[Number(group)] ?? '');
    yield { before: [match.index, match.index + match[0].length], length: written.length };
  }
}

function shiftsOf(edits: Iterable<Edit>): Shifts {
  const list: Shift[] = [];
  let moved = 0;
  let count = 0;
  for (const { before, length } of edits) {
    const [startBefore, endBefore] = before;
    const start = startBefore + moved;
    count += 1;
    if (count > MAX_TRACED_EDITS) return { list, end: start };
    if (length === endBefore - startBefore) continue;
    list.push([start, start + length, startBefore, endBefore]);
    moved = start + length - endBefore;
  }
  return { list, end: Infinity };
}

function spanBefore({ list, end: known }: Shifts, [start, end]: Span): Span | undefined {
  if (end > known) return undefined;
  const first = lastShift(list, start);
  const last = lastShift(list, end - 1);
  return [
    first ? (start < first[1] ? first[2] : start - first[1] + first[3]) : start,
    last ? (end <= last[1] ? last[3] : end - last[1] + last[3]) : end,
  ];
}

/** The last shift that starts at or before a position. */
function lastShift(list: readonly Shift[], position: number): Shift | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.[0] ?? Infinity) <= position) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}
