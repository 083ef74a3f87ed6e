import { type AuditEntryResource, type AuditVerification, MAX_NAMED_BREAKS } from '@calseta/common';
import { hashEntry, hashText } from './hash-entry.js';

export type ChainPoint = { sequence: number; hash: string };
type Break = AuditVerification['breaks'][number];

export type Checked = {
  breaks: Break[];
  /** The last entry that was checked, or where the check began. */
  end: ChainPoint;
  emptiedCount: number;
};

/** Checks entries that follow on `start`, in the order of their sequence. A break does not end the check. */
export function checkEntries(start: ChainPoint, entries: readonly AuditEntryResource[]): Checked {
  const breaks: Break[] = [];
  let end = start;
  let emptiedCount = 0;
  for (const entry of entries) {
    const found = breaksAt(end, entry);
    if (breaks.length < MAX_NAMED_BREAKS) breaks.push(...found);
    if (isEmptied(entry)) emptiedCount += 1;
    end = { sequence: entry.sequence, hash: entry.hash };
  }
  return { breaks: breaks.slice(0, MAX_NAMED_BREAKS), end, emptiedCount };
}

/** What is wrong where the chain ends at another entry than the one that was chained last. */
export function checkEnd({ sequence, hash }: ChainPoint, last: ChainPoint): Break[] {
  if (sequence === last.sequence && hash === last.hash) return [];
  return [
    {
      sequence: Math.min(sequence, last.sequence) + 1,
      kind: 'end_missing',
      detail: `The chain ends at entry ${sequence}; the last that was chained is ${last.sequence}.`,
    },
  ];
}

function breaksAt(previous: ChainPoint, entry: AuditEntryResource): Break[] {
  const { sequence } = entry;
  const breaks: Break[] = [];
  const expected = previous.sequence + 1;
  if (sequence !== expected) {
    const detail = `Entries ${expected} to ${sequence - 1} are missing.`;
    breaks.push({ sequence: expected, kind: 'missing', detail });
  } else if (entry.previous_hash !== previous.hash) {
    const detail = `It does not name the hash of entry ${previous.sequence}.`;
    breaks.push({ sequence, kind: 'not_linked', detail });
  }
  if (hashEntry(entry) !== entry.hash)
    breaks.push({ sequence, kind: 'changed', detail: 'Its fields do not have its hash.' });
  for (const name of ['before', 'after'] as const)
    if (!hasItsText(entry, name))
      breaks.push({
        sequence,
        kind: 'text_changed',
        detail: `\`${name}\` does not have its hash.`,
      });
  return breaks;
}

function hasItsText(entry: AuditEntryResource, name: 'before' | 'after'): boolean {
  const { [name]: text, [`${name}_salt` as const]: salt, [`${name}_hash` as const]: hash } = entry;
  if (text === null) return salt === null;
  return salt !== null && hashText(salt, text) === hash;
}

const isEmptied = ({ before, before_hash, after, after_hash }: AuditEntryResource): boolean =>
  (before === null && before_hash !== null) || (after === null && after_hash !== null);
