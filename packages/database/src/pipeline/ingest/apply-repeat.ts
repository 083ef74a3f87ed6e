import {
  type AlertChange,
  type AlertStatus,
  compareSeverity,
  type Malice,
  type NormalizedAlert,
  type Severity,
  type StatedIndicator,
  steadyText,
} from '@calseta/common';
import { additionTo } from '../updates/changes.js';
import { type IngestItem } from './ingest-item.js';

/** Payloads of repeats kept per alert; the next different one opens a new alert. */
export const MAX_KEPT_OCCURRENCES = 1_000;
/** Entries in each list of an alert; an update that would add more opens a new alert. */
export const MAX_UNITED_ENTRIES = 1_000;

/** What an update may change in an alert, and what that depends on. */
export type RepeatedAlert = {
  id: string;
  status: AlertStatus;
  severity: Severity;
  severityIsSet: boolean;
  malice: Malice;
  title: string;
  description: string | null;
  tags: string[];
  droppedTags: string[];
  hosts: string[];
  users: string[];
  /** Number of indicators that it states, without the new ones. */
  statedCount: number;
  /** Those that repeats add to the stated ones. */
  newIndicators: readonly StatedIndicator[];
  sourceStatus: string | null;
  sourceEndedAt: Date | null;
  duplicateCount: number;
  unchangedCount: number;
  keptOccurrenceCount: number;
  lastSeenAt: Date;
  fingerprint: string | null;
};

/** What the alert's earlier messages contained: payload fingerprints, and indicators as `type value`. */
export type Said = { fingerprints: ReadonlySet<string>; indicators: ReadonlySet<string> };

/** A repeat with all indicators of its payload. */
export type ReadRepeat = { item: IngestItem; indicators: readonly StatedIndicator[] };

export type AppliedRepeat =
  /** The alert is closed or full, so the repeat needs a new alert. */
  | { kind: 'refused' }
  | {
      kind: 'taken';
      alert: RepeatedAlert;
      changes: AlertChange[];
      /** Whether the payload is stored. */
      isKept: boolean;
      isFirstUnchanged: boolean;
    };

/** Applies a repeat to its alert. Pure; the caller, who holds the lock, writes the result. */
export function applyRepeat(alert: RepeatedAlert, repeat: ReadRepeat, said: Said): AppliedRepeat {
  const { item } = repeat;
  const isEnd = item.alert.isEnd === true;
  if (alert.status === 'Closed' && !isEnd) return { kind: 'refused' };
  const changed = isEnd ? ended(alert, item) : updated(alert, repeat, said);
  const hasChanged = changed.changes.length > 0;
  const fingerprint = item.fingerprint;
  const isKnown = fingerprint === alert.fingerprint || said.fingerprints.has(fingerprint);
  const isFull = alert.keptOccurrenceCount >= MAX_KEPT_OCCURRENCES;
  const isNews = !isKnown || hasChanged;
  if ((isNews && isFull && !isEnd) || isOverlong(changed.alert)) return { kind: 'refused' };
  const isKept = isNews && !isFull;
  // The end of an alert does not count as a repeat.
  const repeats = isEnd ? 0 : 1;
  const unchanged = hasChanged ? 0 : repeats;
  return {
    kind: 'taken',
    changes: changed.changes,
    isKept,
    isFirstUnchanged: unchanged > 0 && alert.unchangedCount === 0,
    alert: {
      ...changed.alert,
      duplicateCount: alert.duplicateCount + repeats,
      unchangedCount: alert.unchangedCount + unchanged,
      keptOccurrenceCount: alert.keptOccurrenceCount + (isKept ? 1 : 0),
      lastSeenAt: item.receivedAt > alert.lastSeenAt ? item.receivedAt : alert.lastSeenAt,
    },
  };
}

type Changed = { alert: RepeatedAlert; changes: AlertChange[] };

const isOverlong = ({ tags, hosts, users, statedCount, newIndicators }: RepeatedAlert): boolean =>
  [tags.length, hosts.length, users.length, statedCount + newIndicators.length].some(
    (length) => length > MAX_UNITED_ENTRIES,
  );

const ENDED = 'ended';

function ended(
  alert: RepeatedAlert,
  { alert: { sourceStatus = ENDED }, receivedAt }: IngestItem,
): Changed {
  const isNews = alert.sourceEndedAt === null || alert.sourceStatus !== sourceStatus;
  return {
    alert: { ...alert, sourceStatus, sourceEndedAt: alert.sourceEndedAt ?? receivedAt },
    changes: isNews ? [{ field: 'source_status', from: alert.sourceStatus, to: sourceStatus }] : [],
  };
}

function updated(alert: RepeatedAlert, { item, indicators }: ReadRepeat, said: Said): Changed {
  const next = { ...alert };
  const changes: AlertChange[] = [];
  const given = item.alert;

  const severity = nextSeverity(alert, given.severity, item.onUpdate);
  if (severity !== alert.severity) {
    changes.push({ field: 'severity', from: alert.severity, to: severity });
    next.severity = severity;
  }
  for (const field of item.isNative ? (['title', 'description'] as const) : []) {
    const text = given[field];
    if (text === undefined || (field === 'title' && given.isTitleAssumed)) continue;
    if (steadyText(text) === steadyText(alert[field] ?? '')) continue;
    changes.push({ field, from: alert[field], to: text });
    next[field] = text;
  }
  for (const field of ['tags', 'hosts', 'users'] as const) {
    const added = newNames(alert, given, field);
    if (added.length === 0) continue;
    changes.push(additionTo(field, added));
    next[field] = [...alert[field], ...added];
  }
  const found = indicators.filter((indicator) => !said.indicators.has(indicatorName(indicator)));
  if (found.length > 0) {
    const names = found.map(({ type, value }) => ({ type, value }));
    changes.push(additionTo('indicators', names));
    next.newIndicators = [...alert.newIndicators, ...found];
  }
  const sourceStatus = given.sourceStatus ?? null;
  if (sourceStatus !== alert.sourceStatus && (sourceStatus !== null || alert.sourceEndedAt)) {
    changes.push({ field: 'source_status', from: alert.sourceStatus, to: sourceStatus });
    next.sourceStatus = sourceStatus;
  }
  next.sourceEndedAt = null;
  return { alert: next, changes };
}

export const indicatorName = ({ type, value }: Pick<StatedIndicator, 'type' | 'value'>): string =>
  `${type} ${value}`;

function nextSeverity(
  { severity, severityIsSet }: RepeatedAlert,
  given: Severity,
  onUpdate: IngestItem['onUpdate'],
): Severity {
  // Pending means an unknown severity, so it lowers nothing.
  if (severityIsSet || onUpdate === 'keep' || given === 'Pending') return severity;
  return onUpdate === 'follow' || compareSeverity(given, severity) > 0 ? given : severity;
}

function newNames(
  alert: RepeatedAlert,
  given: NormalizedAlert,
  field: 'tags' | 'hosts' | 'users',
): string[] {
  const known = [...alert[field], ...(field === 'tags' ? alert.droppedTags : [])];
  const names = new Set(known.map((name) => name.toLowerCase()));
  return given[field].filter((name) => {
    const isNew = !names.has(name.toLowerCase());
    names.add(name.toLowerCase());
    return isNew;
  });
}
