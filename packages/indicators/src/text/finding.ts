import { type IndicatorType } from '@calseta/common';
import { MAX_FOUND_PER_TYPE } from '../values/limits.js';

/** A piece of text that reads as an indicator of a type; not yet canonical. */
export type Finding = {
  type: IndicatorType;
  value: string;
  /** Character offset in the text that was scanned. */
  offset: number;
  /** Which scanner found it. */
  rule: string;
};

/** What the place of a text allows. */
export type TextPolicy = {
  /** Bare names and bare hexadecimal count only in prose, command lines and logs, not in paths and ids. */
  isProse: boolean;
  /** The key says that names here are hosts or mailboxes, so that internal suffixes are fine. */
  acceptsAnySuffix: boolean;
  /** Whether a name stood there defanged, which nobody does to the name of a file. */
  isDefanged?: (written: string) => boolean;
};

/** [start, end) of what a scanner has read, so that the next does not read it again. */
export type Span = readonly [start: number, end: number];

/** Beyond the cap of a type by this much, its values are not even counted any more. */
const MAX_COUNTED_PER_TYPE = 3 * MAX_FOUND_PER_TYPE;

/** The findings in one text: each written form once. */
export type Findings = {
  add(finding: Finding): void;
  /** Whether this written form need not be read: it was found before, or its type has come to an end. */
  isDone(type: IndicatorType, written: string): boolean;
  all(): Finding[];
};

/** One per alert, so that the limits hold over all its texts. */
export type FindingBudget = Map<IndicatorType, number>;

export function createFindings(budget: FindingBudget): Findings {
  const byWritten = new Map<string, Finding>();
  return {
    add(finding) {
      const written = `${finding.type}|${finding.value}`;
      if (byWritten.has(written)) return;
      byWritten.set(written, finding);
      budget.set(finding.type, (budget.get(finding.type) ?? 0) + 1);
    },
    isDone: (type, written) =>
      (budget.get(type) ?? 0) >= MAX_COUNTED_PER_TYPE || byWritten.has(`${type}|${written}`),
    all: () => [...byWritten.values()].sort((a, b) => a.offset - b.offset),
  };
}
