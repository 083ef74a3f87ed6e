import { type IndicatorType } from '@calseta/common';
import { MAX_FOUND_PER_TYPE } from '../values/limits.js';
import { type Span } from '../values/rewritten-text.js';

/** A piece of text that looks like an indicator; not yet canonical. */
export type Finding = {
  type: IndicatorType;
  value: string;
  /** Position in the scanned text. */
  span: Span;
  /** Name of the scanner. */
  rule: string;
};

/** What may be read in a text, given its key. */
export type TextPolicy = {
  /** Whether bare domains and hashes count. They do in prose, command lines and logs, not in paths and ids. */
  isProse: boolean;
  /** Whether the key promises hosts or mailboxes, so that unknown suffixes are accepted. */
  acceptsAnySuffix: boolean;
  /** Whether a name was written defanged. File names never are. */
  isDefanged?: (written: string) => boolean;
};

/** Values of one type that are counted; further ones are ignored. */
const MAX_COUNTED_PER_TYPE = 3 * MAX_FOUND_PER_TYPE;

/** The findings in one text, each spelling once. */
export type Findings = {
  add(finding: Finding): void;
  /** Whether a spelling can be skipped: it was found before, or its type is full. */
  isDone(type: IndicatorType, written: string): boolean;
  /** Removes a spelling from the findings, in any letter case, and keeps it out. */
  reject(written: string): void;
  all(): Finding[];
};

/** Counts per type, shared by all texts of an alert. */
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
