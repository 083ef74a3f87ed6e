import { type NormalizedAlert } from '@calseta/common';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';
import { MAX_STATED_INDICATORS } from './field-rules.js';
import { isRecord, type Located, wholeOf } from './located.js';
import { type ReadSeverity } from './severity.js';
import { emptyShape, type SimpleShape } from './simple-shape/shape-parts.js';
import { readTimeAndLink, simpleShapes } from './simple-shape/simple-shape.js';
import { sourceStatusOf } from './source-status.js';
import { textOf } from './text.js';

export type AlertParts = Pick<NormalizedAlert, 'severity'> & {
  /** The vendor's title; undefined when it has none. */
  title: string | undefined;
  /** Title to use when neither the vendor nor the sender wrote one. */
  guessedTitle?: string | undefined;
  /** Whether `title` and `description` in the payload belong to a group. */
  isInGroup?: boolean;
  /** Whether the payload has none of the vendor's own marks, so that somebody wrote it by hand. */
  isByHand?: boolean;
} & Partial<Omit<NormalizedAlert, 'title' | 'severity'>>;

type NormalizedOutcome = Extract<NormalizeOutcome, { kind: 'normalized' }>;

export const CUT_NOTE =
  'Some fields were not read: they lie among more values and keys than reading may look at.';

/**
 * Builds a normalised alert from the parts that a plugin found, completed by the simple shape. Our own names take
 * precedence; other names fill fields that the vendor's leave empty if the body looks written by hand. Adds a note
 * when a limit cut the reading short.
 */
export function assembleAlert(at: Located, parts: AlertParts): NormalizeOutcome {
  const whole = wholeOf(at);
  const stated = (name: string): string | undefined =>
    parts.isInGroup || !isRecord(whole.value) ? undefined : ownText(whole.value, name);
  const ownTitle = stated('title');
  const shapes = simpleShapes(whole);
  const { own } = shapes;
  const isByHand = parts.isByHand === true || ownTitle !== undefined || parts.title === undefined;
  const spelled = isByHand ? shapes.read('near') : withOpenPlaces(whole, parts, own);
  const title = ownTitle ?? parts.title ?? spelled.title;
  const shown = title ?? parts.guessedTitle;
  if (shown === undefined) return unreadable(at, 'No title was found.');
  const alert = merge(shown, parts, own, spelled);
  alert.description = stated('description') ?? alert.description;
  // A vendor's `status` may be that of a request or a process.
  if (isByHand && parts.sourceStatus === undefined) {
    Object.assign(alert, sourceStatusOf(spelled.status));
  }
  if (title === undefined) alert.isTitleAssumed = true;
  return withCutNote(at, { kind: 'normalized', alert });
}

/**
 * In a vendor's own format, other names are accepted only for the time and the link, where a mistake does little
 * harm.
 */
function withOpenPlaces(whole: Located, parts: AlertParts, own: SimpleShape): SimpleShape {
  if (parts.occurredAt !== undefined && parts.sourceUrl !== undefined) return own;
  return { ...own, ...readTimeAndLink(whole) };
}

/** Builds a normalised alert only from what an operator's mapping found. */
export const assembleMapped = (
  at: Located,
  parts: AlertParts & { title: string },
): NormalizedOutcome =>
  withCutNote(at, {
    kind: 'normalized',
    alert: merge(parts.title, parts, emptyShape(), emptyShape()),
  });

/** Reads a payload that no plugin can read by the simple shape if that has enough fields; else it is quarantined. */
export function unreadable(at: Located, reason: string): NormalizeOutcome {
  const whole = wholeOf(at);
  const { own, read } = simpleShapes(whole);
  // The contents of an opened envelope are more specific than the envelope.
  const inside = simpleShapes(at).read('envelopes');
  const around = read('envelopes');
  const spelled = inside.title === undefined ? around : completed(inside, around);
  const { title, severityOriginal, occurredAt, nativeAlertId } = spelled;
  const saysMore = [severityOriginal, occurredAt, nativeAlertId].some((part) => part !== undefined);
  if (title === undefined || (own.title === undefined && !saysMore))
    return { kind: 'unreadable', reason };
  const status = sourceStatusOf(spelled.status);
  const alert = merge(title, { severity: 'Pending', ...status }, own, spelled);
  return withCutNote(at, { kind: 'normalized', alert });
}

/** Fills empty fields of the first from the second. */
function completed(first: SimpleShape, second: SimpleShape): SimpleShape {
  const isStated = ([, value]: [string, unknown]): boolean =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== 'Pending';
  return { ...second, ...Object.fromEntries(Object.entries(first).filter(isStated)) };
}

const ownText = (record: Record<string, unknown>, name: string): string | undefined =>
  Object.hasOwn(record, name) && typeof record[name] === 'string'
    ? textOf(record[name])
    : undefined;

type Parts = Omit<AlertParts, 'title' | 'guessedTitle' | 'isInGroup' | 'isByHand'>;

function merge(
  title: string,
  parts: Parts,
  own: SimpleShape,
  spelled: SimpleShape,
): NormalizedAlert {
  const { severity, severityOriginal } = severityOf(parts, spelled);
  return {
    title,
    description: parts.description ?? otherThan(title, spelled.description),
    severity,
    severityOriginal,
    occurredAt: own.occurredAt ?? parts.occurredAt ?? spelled.occurredAt,
    tags: firstOf(parts.tags, own.tags, spelled.tags),
    nativeAlertId: own.nativeAlertId ?? parts.nativeAlertId ?? spelled.nativeAlertId,
    sourceRuleId: own.sourceRuleId ?? parts.sourceRuleId ?? spelled.sourceRuleId,
    sourceRuleName: own.sourceRuleName ?? parts.sourceRuleName ?? spelled.sourceRuleName,
    sourceUrl: own.sourceUrl ?? parts.sourceUrl ?? spelled.sourceUrl,
    mitreTactics: firstOf(united(own.mitreTactics, parts.mitreTactics), spelled.mitreTactics),
    mitreTechniques: firstOf(
      united(own.mitreTechniques, parts.mitreTechniques),
      spelled.mitreTechniques,
    ),
    fields: parts.fields === undefined ? own.fields : { ...own.fields, ...parts.fields },
    hosts: firstOf(united(parts.hosts, own.hosts), spelled.hosts),
    users: firstOf(united(parts.users, own.users), spelled.users),
    statedIndicators: unitedIndicators(parts.statedIndicators, own.statedIndicators),
    sourceStatus: parts.sourceStatus,
    isEnd: parts.isEnd,
    isTitleAssumed: parts.isTitleAssumed,
    notes: united(parts.notes, own.notes),
  };
}

function severityOf(parts: Parts, spelled: SimpleShape): ReadSeverity {
  if (parts.severity !== 'Pending') return parts;
  if (spelled.severity !== 'Pending') return spelled;
  return {
    severity: 'Pending',
    severityOriginal: parts.severityOriginal ?? spelled.severityOriginal,
  };
}

const otherThan = (title: string, text: string | undefined): string | undefined =>
  text === title ? undefined : text;

const firstOf = (...lists: readonly (string[] | undefined)[]): string[] =>
  lists.find((list) => list !== undefined && list.length > 0) ?? [];

function united(first: string[] = [], second: string[] = []): string[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...new Set([...first, ...second])];
}

type Stated = NormalizedAlert['statedIndicators'];

function unitedIndicators(first: Stated = [], second: Stated = []): Stated {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const known = new Set(first.map(({ type, value }) => `${type} ${value}`));
  const added = second.filter(({ type, value }) => !known.has(`${type} ${value}`));
  return [...first, ...added].slice(0, MAX_STATED_INDICATORS);
}

const withCutNote = (
  { reading: { budget } }: Located,
  outcome: NormalizedOutcome,
): NormalizedOutcome => (budget.isCut ? cutShort(outcome, CUT_NOTE) : outcome);

/** Marks an outcome as cut short by a limit, and adds the note. */
export const cutShort = (outcome: NormalizedOutcome, note: string): NormalizedOutcome => ({
  ...outcome,
  alert: { ...outcome.alert, notes: [...outcome.alert.notes, note] },
  isCut: true,
});
