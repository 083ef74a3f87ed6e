import {
  type AlertChange,
  compareMalice,
  compareSeverity,
  type Malice,
  type Severity,
} from '@calseta/common';
import { mergeChanges } from './changes.js';

/** The stage that a revision begins at: an update of the alert is extracted again, a late verdict is pushed. */
export type RestartFrom = 'extract' | 'dispatch';

/** Which updates of an alert wait for a revision. */
export type PendingUpdate = {
  pendingChanges: AlertChange[];
  /** When the first of them came; null: none waits. */
  pendingSince: Date | null;
  isUrgent: boolean;
  restartFrom: RestartFrom;
  /** The highest that any revision so far has told of. */
  peakSeverity: Severity;
  peakMalice: Malice;
  /** The line of the activity that says that the bound holds them back; null: it does not. */
  heldActivityId: string | null;
};

export const LOAD_PENDING = `
  SELECT alert_id AS id, pending_changes AS "pendingChanges", pending_since AS "pendingSince",
         is_urgent AS "isUrgent", restart_from AS "restartFrom", peak_severity AS "peakSeverity",
         peak_malice AS "peakMalice", held_activity_id AS "heldActivityId"
    FROM alert_updates WHERE alert_id = ANY($1::uuid[])`;

/** Adds changes to those that wait. What is above every earlier revision makes them urgent; what is undone waits no more. */
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
  const restarts = [update.restartFrom, ...(pending?.pendingSince ? [pending.restartFrom] : [])];
  return {
    ...peaks,
    heldActivityId: pending?.heldActivityId ?? null,
    pendingChanges,
    pendingSince: isWaiting ? (pending?.pendingSince ?? update.at) : null,
    isUrgent: pendingChanges.some((change) => isAbove(change, peaks)),
    restartFrom: restarts.includes('extract') ? 'extract' : 'dispatch',
  };
}

function isAbove(
  { field, to }: AlertChange,
  { peakSeverity, peakMalice }: Pick<PendingUpdate, 'peakSeverity' | 'peakMalice'>,
): boolean {
  if (field === 'severity') return compareSeverity(to as Severity, peakSeverity) > 0;
  return field === 'malice' && compareMalice(to as Malice, peakMalice) > 0;
}
