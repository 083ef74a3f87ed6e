/** Repairs, as notes describe them. */
export const REPAIRS = {
  comma: 'a comma with nothing after it was left out',
  missingComma: 'a missing comma was put in',
  control: 'a line break or control character in a text was escaped',
  escape: 'a backslash that escapes nothing was kept as a backslash',
  quote: 'a text in other quotes was read as a text',
  key: 'a key without quotes was read as a text',
  word: 'a value without quotes was read as a text',
  constant: 'a word of another language was read as true, false or null',
  empty: 'a missing value was read as null',
  comment: 'a comment was left out',
  blank: 'a character that is no blank in JSON was left out',
  bracket: 'a closing bracket too many was left out',
} as const;
export type RepairKind = keyof typeof REPAIRS;

/** How often each repair was made, and where first. */
export type Repairs = Map<RepairKind, { count: number; firstAt: number }>;

/** Place where reading stopped, and what was expected there. */
export class JsonFault extends Error {
  readonly at: number;
  constructor(at: number, expected: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(expected);
    Error.stackTraceLimit = limit;
    this.at = at;
  }
}

/** A position in the text that is read, and the repaired text up to there. */
export type Cursor = {
  readonly text: string;
  at: number;
  readonly repairs: Repairs;
  /** The repaired text up to `copiedTo`. */
  readonly out: string[];
  copiedTo: number;
  /** Characters read; a test bounds them by the length of the text. */
  steps: number;
};

export const cursorAt = (text: string, at: number): Cursor => ({
  text,
  at,
  repairs: new Map(),
  out: [],
  copiedTo: at,
  steps: 0,
});

/** Writes `by` in place of the text between two positions, which only move forward. */
export function replace(
  cursor: Cursor,
  kind: RepairKind,
  span: { from: number; to: number; by: string },
): void {
  cursor.out.push(cursor.text.slice(cursor.copiedTo, span.from), span.by);
  cursor.copiedTo = span.to;
  countRepair(cursor, kind, span.from);
}

/** Counts a repair that is written elsewhere. */
export function countRepair({ repairs }: Cursor, kind: RepairKind, at: number): void {
  const known = repairs.get(kind);
  if (known) known.count += 1;
  else repairs.set(kind, { count: 1, firstAt: at });
}

/** Matches a sticky pattern at the cursor and moves past it; undefined when it does not match. */
export function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const [found] = pattern.exec(cursor.text) ?? [];
  cursor.steps += 1 + (found?.length ?? 0);
  if (found !== undefined) cursor.at += found.length;
  return found;
}
