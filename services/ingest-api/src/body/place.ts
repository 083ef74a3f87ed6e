/** Position in a body, counted from 1. */
export type TextPlace = { line: number; column: number };

export const placeIn = (text: string, at: number): TextPlace =>
  advance({ line: 1, column: 1 }, text, 0, at);

/** Finds places in one text. Asked for in ascending order, all of them together take one pass. */
export function createPlaces(text: string): (at: number) => TextPlace {
  let known = { at: 0, place: { line: 1, column: 1 } };
  return (at) => {
    if (at < known.at) return placeIn(text, at);
    known = { at, place: advance(known.place, text, known.at, at) };
    return known.place;
  };
}

/** The place in the body of something inside a value that begins at `outer`. */
export const placeWithin = (outer: TextPlace, inner: TextPlace): TextPlace =>
  inner.line === 1
    ? { line: outer.line, column: outer.column + inner.column - 1 }
    : { line: outer.line + inner.line - 1, column: inner.column };

function advance({ line, column }: TextPlace, text: string, from: number, to: number): TextPlace {
  let lines = line;
  let begin = from - column + 1;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) {
    lines += 1;
    begin = at + 1;
  }
  return { line: lines, column: to - begin + 1 };
}
