import {
  type AlertChange,
  compareMalice,
  compareSeverity,
  type Malice,
  type Severity,
} from '@calseta/common';
import { mergeChanges } from './changes.js';

/** Where a revision can begin, earliest first. */
const RESTARTS = ['extract', 'enrich', 'dispatch'] as const;
/**
 * First stage of a revision: `extract` after an update of the alert, `enrich` after indicators were added, `dispatch`
 * after a late verdict.
 */
export type RestartFrom = (typeof RESTARTS)[number];

/** Updates of an alert that wait for a revision. */
export type PendingUpdate = {
  pendingChanges: AlertChange[];
  /** When the first of them arrived; null when none waits. */
  pendingSince: Date | null;
  isUrgent: boolean;
  restartFrom: RestartFrom;
  /** Highest severity that any revision has reported. */
  peakSeverity: Severity;
  peakMalice: Malice;
  /** The activity entry that reports the hourly limit; null when the limit is not reached. */
  heldActivityId: string | null;
};

export const LOAD_PENDING = `
  SELECT alert_id AS id, pending_changes AS "pendingChanges", pending_since AS "pendingSince",
         is_urgent AS "isUrgent", restart_from AS "restartFrom", peak_severity AS "peakSeverity",
         peak_malice AS "peakMalice", held_activity_id AS "heldActivityId"
    FROM alert_updates WHERE alert_id = ANY($1::uuid[])`;

/**
 * Adds changes to the waiting ones. A value above all earlier revisions makes them urgent; a change that was undone is
 * dropped.
 */
export function gatherUpdate(
  pending: PendingUpdate | undefined,
  alert: { severity: Severity; malice: Malice },
  update: { changes: readonly AlertChange[]; restartFrom: RestartFrom; at: Date },
): PendingUpdate {
  const peaks = {
    peakSeverity: pending?.peakSeverity ?? alert.severity,
    peakMalice: pending?.peakMalice ?? alert.malice,
  };
  const news = update.changes.filter(({ field }) => field !== 'source_status');
  const pendingChanges = mergeChanges(pending?.pendingChanges ?? [], news);
  const isWaiting = pendingChanges.length > 0;
  return {
    ...peaks,
    heldActivityId: pending?.heldActivityId ?? null,
    pendingChanges,
    pendingSince: isWaiting ? (pending?.pendingSince ?? update.at) : null,
    isUrgent: pendingChanges.some((change) => isAbove(change, peaks)),
    restartFrom: earlierOf(update.restartFrom, pending),
  };
}

/** The stage that serves all waiting updates. */
const earlierOf = (from: RestartFrom, pending: PendingUpdate | undefined): RestartFrom =>
  pending?.pendingSince && RESTARTS.indexOf(pending.restartFrom) < RESTARTS.indexOf(from)
    ? pending.restartFrom
    : from;

function isAbove(
  { field, to }: AlertChange,
  { peakSeverity, peakMalice }: Pick<PendingUpdate, 'peakSeverity' | 'peakMalice'>,
): boolean {
  if (field === 'severity') return compareSeverity(to as Severity, peakSeverity) > 0;
  return field === 'malice' && compareMalice(to as Malice, peakMalice) > 0;
}
