import type { Severity } from '@calseta/common';

/** Words of all vendors, lower case, without prefixes and suffixes. What is not here is Pending. */
const WORDS: Record<string, Severity> = {
  critical: 'Critical',
  crit: 'Critical',
  emergency: 'Critical',
  emerg: 'Critical',
  alert: 'Critical',
  fatal: 'Critical',
  severe: 'Critical',
  disaster: 'Critical',
  blocker: 'Critical',
  very_high: 'Critical',
  veryhigh: 'Critical',
  high: 'High',
  error: 'High',
  err: 'High',
  major: 'High',
  important: 'High',
  page: 'High',
  medium: 'Medium',
  med: 'Medium',
  moderate: 'Medium',
  warning: 'Medium',
  warn: 'Medium',
  average: 'Medium',
  low: 'Low',
  minor: 'Low',
  notice: 'Low',
  very_low: 'Low',
  informational: 'Informational',
  informative: 'Informational',
  information: 'Informational',
  info: 'Informational',
  debug: 'Informational',
  pending: 'Pending',
};

/** `E_CRITICAL`, `SEVERITY_HIGH`, `HIGH_SEVERITY` and `Sev: high` are the bare word. */
const AFFIXES = /^(?:e_|severity[_:]*|sev[_:]+)|_?severity$/g;

/** A severity word on the ladder; unknown words are Pending, never a guess. */
export function severityOfWord(word: string): Severity {
  const bare = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '_')
    .replace(AFFIXES, '');
  return Object.hasOwn(WORDS, bare) ? (WORDS[bare] ?? 'Pending') : 'Pending';
}

/** Lower bounds with their severities, highest first. */
export type Scale = readonly (readonly [from: number, severity: Severity])[];

export function severityOnScale(text: string | undefined, scale: Scale): Severity {
  const number = text === undefined || text === '' ? Number.NaN : Number(text);
  return scale.find(([from]) => number >= from)?.[1] ?? 'Pending';
}

export type ReadSeverity = { severity: Severity; severityOriginal?: string };

/**
 * The first label that the table knows, else the number on the vendor's scale; the original is what was
 * read, or the first thing that was there.
 */
export function readSeverity(
  labels: readonly (string | undefined)[],
  number?: string,
  scale: Scale = [],
): ReadSeverity {
  for (const label of labels) {
    const severity = label === undefined ? 'Pending' : severityOfWord(label);
    if (label !== undefined && severity !== 'Pending') return { severity, severityOriginal: label };
  }
  const severity = severityOnScale(number, scale);
  if (number !== undefined && severity !== 'Pending') return { severity, severityOriginal: number };
  const original = labels.find((label) => label !== undefined) ?? number;
  return original === undefined ? { severity } : { severity, severityOriginal: original };
}
