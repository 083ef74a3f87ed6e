import { type SlicedWork } from '@calseta/common';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { type ListEntry, type ListProblem } from './list-entry.js';
import { type ListFormat, parseThreatList } from './parse-threat-list.js';

export type ReadList = { format: ListFormat; entries: ListEntry[]; problems: ListProblem[] };

const PLACES_IN_A_SLICE = 1_000;

/** Reads a list, its values in the form in which indicators are stored; an entry that is there twice counts once. */
export function* readThreatList(content: unknown, format?: ListFormat): SlicedWork<ReadList> {
  const parsed = parseThreatList(content, format);
  const entries = new Map<string, ListEntry>();
  const problems: ListProblem[] = [];
  for (const [index, { place, entry }] of parsed.places.entries()) {
    if (index % PLACES_IN_A_SLICE === 0) yield;
    const canonical = typeof entry === 'string' ? entry : toCanonical(entry);
    if (typeof canonical === 'string') problems.push({ place, message: canonical });
    else entries.set(`${canonical.type} ${canonical.value}`, canonical);
  }
  return { format: parsed.format, entries: [...entries.values()], problems };
}

/** Networks stay as they are. */
function toCanonical(entry: ListEntry): ListEntry | string {
  if (entry.type === 'cve') return { ...entry, value: entry.value.toUpperCase() };
  if (entry.type === 'ip' && entry.value.includes('/')) return entry;
  const value = entry.type === 'domain' ? entry.value.replace(/^\*?\./, '') : entry.value;
  const canonical = canonicalize(entry.type, value);
  return canonical.ok
    ? { ...entry, value: canonical.value }
    : `is malformed for the type \`${entry.type}\``;
}
