import {
  type AlertMessage,
  makeMessage,
  type MessageType,
  newUuid,
  type Severity,
  type STAGE_OF_MESSAGE,
} from '@calseta/common';
import { type Database } from './database.js';

/** A stage at which alerts wait for a service. */
export type WaitingStage = (typeof STAGE_OF_MESSAGE)[MessageType];

export type Failure = {
  alertId: string;
  revision: number;
  /** Where the alert stood for the one that failed: past it, others have taken it on. */
  stage: WaitingStage;
  code: string;
  reason: string;
  /** The service that gave up. */
  actor: string;
};

export type StageStore = {
  /** Messages for alerts that have stood at the stage too long; no two callers get the same alert. */
  claimStalled(stage: WaitingStage, limit: number): Promise<AlertMessage[]>;
  /** Sets an alert aside with the reason; false when it had moved on. */
  markFailed(failure: Failure): Promise<boolean>;
};

/** How long an alert may stand at a stage before the sweeper publishes its message again, s. */
export const SWEEP_AFTER_SECONDS = 15;
/** Each sweep of the same alert doubles the wait for the next one, up to this. */
export const MAX_SWEEP_WAIT_SECONDS = 3_600;
const MAX_REASON_LENGTH = 1_000;

const CLAIM_STALLED = `
  WITH due AS MATERIALIZED (
    SELECT id FROM alerts
    WHERE stage = $1::pipeline_stage AND next_sweep_at <= now()
    ORDER BY next_sweep_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  )
  UPDATE alerts
  SET sweep_count = sweep_count + 1,
      next_sweep_at = now() + make_interval(
        secs => least($3 * power(2, least(sweep_count + 1, 20)), $4))
  FROM due
  WHERE alerts.id = due.id
  RETURNING alerts.id, alerts.revision, alerts.severity, alerts.stage_changed_at`;

const MARK_FAILED = `
  WITH failed AS (
    UPDATE alerts
    SET stage = 'failed', stage_changed_at = now(), failure_code = $3, failure_reason = $4,
        updated_at = now()
    WHERE id = $1 AND revision = $2 AND stage = $7::pipeline_stage
    RETURNING id
  )
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT $5::uuid, id, now(), 'failed', $6, jsonb_build_object('code', $3::text, 'reason', $4::text)
  FROM failed`;

type StalledAlert = { id: string; revision: number; severity: Severity; stage_changed_at: Date };

/** What the pipeline's consumers do to alerts that stand still or fail. */
export const createStageStore = (database: Pick<Database, 'query'>): StageStore => ({
  async claimStalled(stage, limit) {
    const { rows } = await database.query<StalledAlert>(CLAIM_STALLED, [
      stage,
      limit,
      SWEEP_AFTER_SECONDS,
      MAX_SWEEP_WAIT_SECONDS,
    ]);
    return rows.map((alert) =>
      makeMessage({
        type: `alert.${stage}`,
        alertId: alert.id,
        revision: alert.revision,
        severity: alert.severity,
        occurredAt: alert.stage_changed_at,
      }),
    );
  },
  async markFailed({ alertId, revision, stage, code, reason, actor }) {
    const { rowCount } = await database.query(MARK_FAILED, [
      alertId,
      revision,
      code,
      reason.slice(0, MAX_REASON_LENGTH),
      newUuid(),
      actor,
      stage,
    ]);
    return rowCount === 1;
  },
});
