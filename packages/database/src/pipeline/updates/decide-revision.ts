import { type AlertChange, type PipelineStage } from '@calseta/common';
import { type PendingUpdate } from './gather-update.js';

/** When the updates of an alert start a revision. */
export type RevisionPolicy = {
  /** How long updates are gathered, ms, counted from the first. */
  gatheringMs: number;
  /** Maximum number of revisions of one alert per hour. */
  perHour: number;
};

/** An alert whose updates are due. */
export type DueUpdate = PendingUpdate & {
  stage: PipelineStage;
  /** Revisions of the last hour, oldest first, without urgent ones. */
  revisedAt: Date[];
  pendingChanges: AlertChange[];
};

export type RevisionDecision =
  | { kind: 'begin'; revisedAt: Date[] }
  /** The alert is still in the pipeline; its current run is pushed first. */
  | { kind: 'wait'; until: Date }
  /** The hourly limit is reached. */
  | { kind: 'hold'; until: Date };

const HOUR_MS = 3_600_000;
/** How often an alert that is still in the pipeline is checked. */
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
