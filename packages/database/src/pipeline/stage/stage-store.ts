import {
  type AlertMessage,
  type Lane,
  makeMessage,
  type MessageType,
  newUuid,
  severitiesOf,
  type Severity,
  type STAGE_OF_MESSAGE,
} from '@calseta/common';
import { type Database } from '../../core/database.js';

/** A stage where alerts wait for a service. */
export type WaitingStage = (typeof STAGE_OF_MESSAGE)[MessageType];

export type Failure = {
  alertId: string;
  revision: number;
  /** Stage of the alert when the service failed; an alert that has moved on is not marked. */
  stage: WaitingStage;
  code: string;
  reason: string;
  /** The service that gave up. */
  actor: string;
};

/** A message to publish again, with the trace of its alert. */
export type StalledAlert = { message: AlertMessage; traceparent?: string };

export type StageStore = {
  /** Messages for a lane's alerts that have waited too long at the stage; each alert goes to one caller only. */
  claimStalled(stage: WaitingStage, lane: Lane, limit: number): Promise<StalledAlert[]>;
  /** Fails alerts that do not move after many sweeps, because consumers crash on them. */
  giveUpStalled(stage: WaitingStage, lane: Lane, limit: number): Promise<number>;
  /** Longest wait of an alert at the stage, in seconds, and how many wait there; 0 when none waits. */
  lookAt(stage: WaitingStage): Promise<{ oldestAgeSeconds: number; backlog: number }>;
  /** Marks an alert as failed with the reason; false when it has moved on. */
  markFailed(failure: Failure): Promise<boolean>;
};

/** Time at a stage after which the sweeper publishes an alert's message again, s. */
export const SWEEP_AFTER_SECONDS = 15;
/** Each sweep of an alert doubles its wait for the next one, up to this, s. */
export const MAX_SWEEP_WAIT_SECONDS = 3_600;
/**
 * About three hours. The sweeper pauses while the broker or the consumers are down, so outages do not count. This also
 * ends an alert whose own statements always time out: those attempts are retried without limit.
 */
export const MAX_SWEEPS = 10;
const MAX_REASON_LENGTH = 1_000;

/** Condition of the partial index on sweeps, so that a prepared plan can use it. */
const IS_WAITING = `stage IN ('ingested', 'extracted', 'enriched')`;

const CLAIM_STALLED = `
  WITH due AS MATERIALIZED (
    SELECT id FROM alerts
    WHERE stage = $1::pipeline_stage AND ${IS_WAITING} AND next_sweep_at <= now() AND sweep_count < $5
      AND severity = ANY($6::severity[])
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
  RETURNING alerts.id, alerts.revision, alerts.severity, alerts.stage_changed_at, alerts.traceparent`;

const GIVE_UP_STALLED = `
  WITH due AS MATERIALIZED (
    SELECT id FROM alerts
    WHERE stage = $1::pipeline_stage AND ${IS_WAITING} AND next_sweep_at <= now() AND sweep_count >= $3
      AND severity = ANY($5::severity[])
    ORDER BY next_sweep_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ), failed AS (
    UPDATE alerts
    SET stage = 'failed', stage_changed_at = now(), failure_code = 'pipeline.stalled',
        failure_reason = 'Nothing took the alert on from the stage "' || $1::pipeline_stage || '".', updated_at = now()
    FROM due WHERE alerts.id = due.id
    RETURNING alerts.id, failure_reason
  )
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT activity_id, failed.id, now(), 'failed', 'sweeper',
         jsonb_build_object('code', 'pipeline.stalled', 'reason', failure_reason)
  FROM (SELECT id, failure_reason, row_number() OVER () AS position FROM failed) AS failed
  JOIN unnest($4::uuid[]) WITH ORDINALITY AS ids(activity_id, position) USING (position)`;

/** A longer backlog is reported as this. */
export const MAX_BACKLOG = 20_000;

// Alerts are first swept in the order of arrival, so the oldest is among the first.
const LOOK_AT = `
  SELECT coalesce(extract(epoch FROM now() - min(stage_changed_at)), 0)::float8 AS "oldestAgeSeconds",
         (SELECT count(*)::int FROM (
            SELECT FROM alerts WHERE stage = $1::pipeline_stage AND ${IS_WAITING} LIMIT ${MAX_BACKLOG}) AS counted
         ) AS backlog
  FROM (SELECT stage_changed_at FROM alerts
        WHERE stage = $1::pipeline_stage AND ${IS_WAITING}
        ORDER BY next_sweep_at LIMIT 1000) AS waiting`;

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

type StalledRow = {
  id: string;
  revision: number;
  severity: Severity;
  stage_changed_at: Date;
  traceparent: string | null;
};

export const createStageStore = (database: Pick<Database, 'query'>): StageStore => ({
  async claimStalled(stage, lane, limit) {
    const { rows } = await database.query<StalledRow>(CLAIM_STALLED, [
      stage,
      limit,
      SWEEP_AFTER_SECONDS,
      MAX_SWEEP_WAIT_SECONDS,
      MAX_SWEEPS,
      severitiesOf(lane),
    ]);
    return rows.map(({ traceparent, ...alert }) => ({
      message: makeMessage({
        type: `alert.${stage}`,
        alertId: alert.id,
        revision: alert.revision,
        severity: alert.severity,
        occurredAt: alert.stage_changed_at,
      }),
      ...(traceparent !== null && { traceparent }),
    }));
  },
  async giveUpStalled(stage, lane, limit) {
    const activityIds = Array.from({ length: limit }, newUuid);
    const { rowCount } = await database.query(GIVE_UP_STALLED, [
      stage,
      limit,
      MAX_SWEEPS,
      activityIds,
      severitiesOf(lane),
    ]);
    return rowCount ?? 0;
  },
  async lookAt(stage) {
    const { rows } = await database.query<{ oldestAgeSeconds: number; backlog: number }>(LOOK_AT, [
      stage,
    ]);
    return rows[0] ?? { oldestAgeSeconds: 0, backlog: 0 };
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
