import { remembered, type Severity } from '@calseta/common';
import { find } from './find.js';
import { valueAt } from './keys.js';
import { isRecord, type Located } from './located.js';
import { textOf } from './text.js';

/** Words of all vendors, in lower case. Other words are Pending. */
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
  urgent: 'Critical',
  extreme: 'Critical',
  catastrophic: 'Critical',
  very_high: 'Critical',
  veryhigh: 'Critical',
  highest: 'Critical',
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
  verylow: 'Low',
  lowest: 'Low',
  informational: 'Informational',
  informative: 'Informational',
  information: 'Informational',
  info: 'Informational',
  verbose: 'Informational',
  debug: 'Informational',
  pending: 'Pending',
};

/** Levels that teams use: `P1`, `SEV-2`, `priority 3`. Priorities begin at 1, severities at 0. */
const STEPS = /^(?:p|prio|priority|sev|severity)_?([0-5])$/;
const SEVERITY_OF_STEP: readonly Severity[] = [
  'Critical',
  'Critical',
  'High',
  'Medium',
  'Low',
  'Informational',
];

/** Words next to a severity that carry no meaning: `E_CRITICAL`, `Severity: high`, `High risk`. */
const FILLERS = new Set([
  'e',
  'sev',
  'severity',
  'prio',
  'priority',
  'risk',
  'level',
  'impact',
  'urgency',
  'p',
  'cvss',
  'score',
]);

const MAX_WORD_CHARACTERS = 100;

/**
 * Reads a severity from a word, a level (`P2`, `sev-1`), or one of these next to numbers (`High (8.1)`,
 * `3 - Moderate`), where the word takes precedence over the level. A text with any other word is Pending:
 * `not critical` is not guessed.
 */
export const severityOfWord = (text: string): Severity =>
  text.length > MAX_WORD_CHARACTERS ? 'Pending' : severityOfShort(text);

const severityOfShort = remembered(
  (text): Severity => {
    const bare = text
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}.]+/gu, '_')
      .replaceAll(/^_|_$/g, '');
    return wordOrStep(bare) ?? severityOfParts(bare.split('_')) ?? 'Pending';
  },
  { maxTexts: 1_000, maxCharacters: MAX_WORD_CHARACTERS },
);

const ofWord = (word: string): Severity | undefined =>
  Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;

function ofStep(word: string): Severity | undefined {
  const step = STEPS.exec(word)?.[1];
  return step === undefined ? undefined : SEVERITY_OF_STEP[Number(step)];
}

const wordOrStep = (word: string): Severity | undefined => ofWord(word) ?? ofStep(word);

/** The only severity among the parts, if every other part is a filler or a number. */
function severityOfParts(parts: readonly string[]): Severity | undefined {
  const joined = joinPairs(parts);
  const isUnderstood = joined.every(
    (part) =>
      FILLERS.has(part) || /^\d{1,5}(?:\.\d{1,5})?$/.test(part) || wordOrStep(part) !== undefined,
  );
  if (!isUnderstood) return undefined;
  return theOne(joined.map(ofWord)) ?? theOne(joined.map(ofStep));
}

/** Joins `very` and `high` to one word, and `sev` and `1`. */
function joinPairs(parts: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const pair = `${parts[index] ?? ''}_${parts[index + 1] ?? ''}`;
    const isOne = wordOrStep(pair) !== undefined;
    joined.push(isOne ? pair : (parts[index] ?? ''));
    if (isOne) index += 1;
  }
  return joined;
}

function theOne(severities: readonly (Severity | undefined)[]): Severity | undefined {
  const named = new Set(severities.filter((severity) => severity !== undefined));
  return named.size === 1 ? [...named][0] : undefined;
}

/** Paths of the word in an object for a severity, most specific first. */
const NAMES_OF_SEVERITY = [
  'name',
  'label',
  'displayName',
  'display',
  'text',
  'value',
  'level',
  'severity',
  'title',
  'code',
];

/** The severity at the first path that has one: a word, a number, or an object that names it (`{name: High}`). */
export function pickSeverity(from: Located, ...paths: string[]): string | undefined {
  for (const path of paths) {
    for (const { value } of find(from, path)) {
      const text = severityText(value);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

/** The text of a severity; of an object, the word in it. */
export const severityText = (value: unknown): string | undefined =>
  isRecord(value) ? nameIn(value) : textOf(value);

function nameIn(severity: Record<string, unknown>): string | undefined {
  const texts = NAMES_OF_SEVERITY.map((name) => textOf(valueAt(severity, name))).filter(
    (text) => text !== undefined,
  );
  return texts.find((text) => severityOfWord(text) !== 'Pending') ?? texts[0];
}

/** Lower bounds with their severities, highest first. */
export type Scale = readonly (readonly [from: number, severity: Severity])[];

export function severityOnScale(text: string | undefined, scale: Scale): Severity {
  const number = text === undefined || text === '' ? Number.NaN : Number(text);
  return scale.find(([from]) => number >= from)?.[1] ?? 'Pending';
}

export type ReadSeverity = { severity: Severity; severityOriginal?: string | undefined };

/**
 * The first label in the table, else the number on the vendor's scale. The original is the value that was read,
 * else the first value present.
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

/** Whether a severity was stated but is unreadable: it is Pending, and its text does not mean Pending. */
export const isUnreadSeverity = ({ severity, severityOriginal }: ReadSeverity): boolean =>
  severity === 'Pending' &&
  severityOriginal !== undefined &&
  ofWord(severityOriginal.trim().toLowerCase()) !== 'Pending';
