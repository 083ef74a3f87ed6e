import { type IndicatorType } from '@calseta/common';
import { MAX_FOUND_PER_TYPE } from '../values/limits.js';
import type { Span } from '../values/rewritten-text.js';

/** A piece of text that reads as an indicator of a type; not yet canonical. */
export type Finding = {
  type: IndicatorType;
  value: string;
  /** Where it stands in the text that was scanned. */
  span: Span;
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

/** Beyond the cap of a type by this much, its values are not even counted any more. */
const MAX_COUNTED_PER_TYPE = 3 * MAX_FOUND_PER_TYPE;

/** The findings in one text: each written form once. */
export type Findings = {
  add(finding: Finding): void;
  /** Whether this written form need not be read: it was found before, or its type has come to an end. */
  isDone(type: IndicatorType, written: string): boolean;
  /** Takes a written form, in any case, out of the findings, wherever it stands. */
  reject(written: string): void;
  all(): Finding[];
};

/** One per alert, so that the limits hold over all its texts. */
export type FindingBudget = Map<IndicatorType, number>;

export function createFindings(budget: FindingBudget): Findings {
  const byWritten = new Map<string, Finding>();
  const rejected = new Set<string>();
  return {
    add(finding) {
      const written = `${finding.type}|${finding.value}`;
      if (byWritten.has(written)) return;
      byWritten.set(written, finding);
      budget.set(finding.type, (budget.get(finding.type) ?? 0) + 1);
    },
    isDone: (type, written) =>
      (budget.get(type) ?? 0) >= MAX_COUNTED_PER_TYPE || byWritten.has(`${type}|${written}`),
    reject: (written) => rejected.add(written.toLowerCase()),
    all: () =>
      [...byWritten.values()]
        .filter(({ value }) => rejected.size === 0 || !rejected.has(value.toLowerCase()))
        .sort((a, b) => a.span[0] - b.span[0]),
  };
}
