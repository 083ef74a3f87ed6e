import { type AlertChange, type PipelineStage } from '@calseta/common';
import { type PendingUpdate } from './gather-update.js';

/** When the updates of an alert make a revision. */
export type RevisionPolicy = {
  /** How long they are gathered, ms; asked of the first of them. */
  gatheringMs: number;
  /** Revisions of one alert an hour. */
  perHour: number;
};

/** An alert with updates that are due. */
export type DueUpdate = PendingUpdate & {
  stage: PipelineStage;
  /** Revisions within the last hour, oldest first; urgent ones are not among them. */
  revisedAt: Date[];
  pendingChanges: AlertChange[];
};

export type RevisionDecision =
  | { kind: 'begin'; revisedAt: Date[] }
  /** The alert is still on its way: nothing delays the push of the run before. */
  | { kind: 'wait'; until: Date }
  /** The bound is reached. */
  | { kind: 'hold'; until: Date };

const HOUR_MS = 3_600_000;
/** How often a run under way is looked at. */
const LOOK_AGAIN_MS = 500;
const UNDER_WAY: ReadonlySet<PipelineStage> = new Set(['ingested', 'extracted', 'enriched']);

export function decideRevision(
  due: DueUpdate,
  now: Date,
  policy: RevisionPolicy,
): RevisionDecision {
  if (UNDER_WAY.has(due.stage)) {
    return { kind: 'wait', until: new Date(now.getTime() + LOOK_AGAIN_MS) };
  }
  const revisedAt = due.revisedAt.filter((at) => now.getTime() - at.getTime() < HOUR_MS);
  if (due.isUrgent) return { kind: 'begin', revisedAt };
  const first = revisedAt.at(-policy.perHour);
  return first
    ? { kind: 'hold', until: new Date(first.getTime() + HOUR_MS) }
    : { kind: 'begin', revisedAt: [...revisedAt, now] };
}
