import {
  newUuid,
  type RunIndicator,
  type RunOutcome,
  type RunParameters,
  type RunStatus,
  type RunStepResource,
} from '@calseta/common';
import { type Database, type Transaction } from '../core/database.js';
import { groupByKey } from '../core/group-by-key.js';

/** Proof that a process executes a run; over once another one has claimed it. */
export type RunLease = { runId: string; holder: string };

/** A run that only its holder executes until the lease ends. */
export type ClaimedRun = RunLease & {
  workflowId: string;
  workflowVersion: number;
  workflowName: string;
  /** Of that version; null when it is gone. */
  content: unknown;
  /** Whether an operator wants the workflow active now. */
  isWanted: boolean;
  alert: { uuid: string; title: string; severity: string; source_name: string } | null;
  indicator: RunIndicator | null;
  parameters: RunParameters;
  reason: string;
  confidence: number | null;
  requestedBy: { principal: string; name: string };
  /** Of an earlier holder, in order. */
  steps: StoredStep[];
};

/** A step that was sent. */
export type StoredStep = {
  number: number;
  name: string;
  idempotencyKey: string;
  attemptCount: number;
  mayRepeat: boolean;
  /** Null while nobody knows what came of it. */
  outcome: string | null;
  /** Whether its last attempt was answered. */
  isAnswered: boolean;
  message: string | null;
  valuesEncrypted: string | null;
};

export type StepStart = {
  number: number;
  name: string;
  idempotencyKey: string;
  mayRepeat: boolean;
  request: RunStepResource['request'];
};

export type StepEnd = {
  number: number;
  /** Null when an attempt ended that is repeated. */
  outcome: string | null;
  message?: string | undefined;
  response?: RunStepResource['response'] | undefined;
  valuesEncrypted?: string | undefined;
};

export type RunEnd = {
  status: Extract<RunStatus, 'succeeded' | 'failed' | 'uncertain'>;
  outcome: RunOutcome;
  summary: string;
};

export interface RunExecutionStore {
  /** Leases runs that are queued, or whose holder is gone, oldest first. */
  claim(limit: number, leaseMs: number): Promise<ClaimedRun[]>;
  /** Returns the ids of the runs that the caller still holds. */
  renew(leases: readonly RunLease[], leaseMs: number): Promise<Set<string>>;
  /** Lets another process take a run at once. */
  release(lease: RunLease): Promise<void>;
  /** Stores the input of a step before it is sent, or counts its next attempt; false when the lease is lost. */
  begin(lease: RunLease, step: StepStart): Promise<boolean>;
  /** Stores the answer of a step; false when the lease is lost. */
  answer(lease: RunLease, step: StepEnd): Promise<boolean>;
  /** Ends the run, with a line in the alert's activity; false when the lease is lost. */
  finish(lease: RunLease, end: RunEnd): Promise<boolean>;
}

export const createRunExecutionStore = (database: Database): RunExecutionStore => ({
  async claim(limit, leaseMs) {
    const { rows } = await database.query<ClaimedRow>(CLAIM, [newUuid(), leaseMs, limit]);
    if (rows.length === 0) return [];
    const steps = await loadSteps(
      database,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => toClaimed(row, steps.get(row.id) ?? []));
  },
  async renew(leases, leaseMs) {
    const { rows } = await database.query<{ id: string }>(RENEW, [
      leases.map(({ runId }) => runId),
      leases.map(({ holder }) => holder),
      leaseMs,
    ]);
    return new Set(rows.map(({ id }) => id));
  },
  async release({ runId, holder }) {
    await database.query(RELEASE, [runId, holder]);
  },
  async begin({ runId, holder }, step) {
    const { rowCount } = await database.query(BEGIN, [
      ...[runId, holder, step.number, step.name, step.idempotencyKey, step.mayRepeat],
      JSON.stringify(step.request),
    ]);
    return rowCount === 1;
  },
  async answer({ runId, holder }, step) {
    const { rowCount } = await database.query(ANSWER, [
      ...[runId, holder, step.number, step.outcome, step.message ?? null],
      step.response ? JSON.stringify(step.response) : null,
      step.valuesEncrypted ?? null,
    ]);
    return rowCount === 1;
  },
  finish: async (lease, end) =>
    await database.transaction(async (client) => await finishRun(client, lease, end)),
});

type ClaimedRow = {
  id: string;
  holder: string;
  workflow_id: string;
  workflow_version: number;
  workflow_name: string;
  content: unknown;
  is_wanted: boolean;
  alert: ClaimedRun['alert'];
  indicator_type: RunIndicator['type'] | null;
  indicator_value: string | null;
  parameters: RunParameters;
  reason: string;
  confidence: number | null;
  requested_by: string;
  requester_name: string;
};

const CLAIM = `
  WITH due AS (
    SELECT id FROM workflow_runs
     WHERE status = 'queued' OR (status = 'running' AND leased_until <= now())
     ORDER BY id LIMIT $3
       FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE workflow_runs r
       SET status = 'running', lease_holder = $1, leased_until = now() + $2 * interval '1 ms',
           started_at = coalesce(started_at, now())
      FROM due WHERE r.id = due.id
    RETURNING r.*
  )
  SELECT c.id, c.lease_holder AS holder, c.workflow_id, c.workflow_version, w.name AS workflow_name,
         v.content, w.is_active AS is_wanted, c.indicator_type, c.indicator_value,
         c.parameters, c.reason, c.confidence, c.requested_by, c.requester_name,
         CASE WHEN a.id IS NOT NULL THEN jsonb_build_object(
           'uuid', a.id, 'title', a.title, 'severity', a.severity, 'source_name', a.source_name)
         END AS alert
    FROM claimed c
    JOIN workflows w ON w.id = c.workflow_id
    LEFT JOIN workflow_versions v
      ON v.workflow_id = c.workflow_id AND v.version = c.workflow_version
    LEFT JOIN alerts a ON a.id = c.alert_id
   ORDER BY c.id`;

const RENEW = `
  UPDATE workflow_runs r SET leased_until = now() + $3 * interval '1 ms'
    FROM unnest($1::uuid[], $2::uuid[]) AS given(id, holder)
   WHERE r.id = given.id AND r.lease_holder = given.holder AND r.status = 'running'
  RETURNING r.id`;

const RELEASE = `
  UPDATE workflow_runs SET leased_until = now()
   WHERE id = $1 AND lease_holder = $2 AND status = 'running'`;

/** The row lock makes a claim of another process wait, so that nothing is sent without a lease. */
const HELD = `
  WITH held AS (
    SELECT id FROM workflow_runs
     WHERE id = $1 AND lease_holder = $2 AND status = 'running' AND leased_until > now()
       FOR UPDATE
  )`;

const BEGIN = `${HELD}
  INSERT INTO workflow_run_steps (run_id, number, name, idempotency_key, may_repeat, request, sent_at)
  SELECT id, $3, $4, $5, $6, $7, now() FROM held
      ON CONFLICT (run_id, number) DO UPDATE
     SET attempt_count = workflow_run_steps.attempt_count + 1, request = EXCLUDED.request,
         sent_at = EXCLUDED.sent_at, answered_at = NULL, outcome = NULL, response = NULL
   WHERE workflow_run_steps.outcome IS NULL`;

/** An answer is worth storing even when the lease has just run out, unless somebody else goes on with the run. */
const ANSWER = `
  UPDATE workflow_run_steps s
     SET outcome = $4, message = $5, response = $6, values_encrypted = $7, answered_at = now()
    FROM workflow_runs r
   WHERE s.run_id = $1 AND s.number = $3 AND s.outcome IS NULL
     AND r.id = s.run_id AND r.lease_holder = $2 AND r.status = 'running'`;

async function loadSteps(
  database: Pick<Database, 'query'>,
  runIds: string[],
): Promise<Map<string, StoredStep[]>> {
  const { rows } = await database.query<StoredStep & { runId: string }>(
    `SELECT run_id AS "runId", number, name, idempotency_key AS "idempotencyKey",
            attempt_count AS "attemptCount", may_repeat AS "mayRepeat", outcome, message,
            answered_at IS NOT NULL AS "isAnswered",
            values_encrypted AS "valuesEncrypted"
       FROM workflow_run_steps WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, number`,
    [runIds],
  );
  return groupByKey(rows.map(({ runId, ...step }) => [runId, step] as const));
}

const toClaimed = (row: ClaimedRow, steps: StoredStep[]): ClaimedRun => ({
  runId: row.id,
  holder: row.holder,
  workflowId: row.workflow_id,
  workflowVersion: row.workflow_version,
  workflowName: row.workflow_name,
  content: row.content,
  isWanted: row.is_wanted,
  alert: row.alert,
  indicator:
    row.indicator_type === null || row.indicator_value === null
      ? null
      : { type: row.indicator_type, value: row.indicator_value },
  parameters: row.parameters,
  reason: row.reason,
  confidence: row.confidence,
  requestedBy: { principal: row.requested_by, name: row.requester_name },
  steps,
});

const FINISH = `
  UPDATE workflow_runs
     SET status = $3::workflow_run_status, outcome = $4, summary = $5, finished_at = now(),
         leased_until = NULL
   WHERE id = $1 AND lease_holder = $2 AND status = 'running'
  RETURNING alert_id`;

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  VALUES ($1, $2, now(), $3, 'dispatcher', $4)`;

async function finishRun(
  client: Transaction,
  { runId, holder }: RunLease,
  { status, outcome, summary }: RunEnd,
): Promise<boolean> {
  const { rows } = await client.query<{ alert_id: string | null }>(FINISH, [
    ...[runId, holder, status, outcome, summary],
  ]);
  const [run] = rows;
  if (!run) return false;
  if (run.alert_id !== null)
    client.send(NOTE, [
      newUuid(),
      run.alert_id,
      `workflow_${status}`,
      JSON.stringify({ run_uuid: runId, outcome, summary }),
    ]);
  return true;
}
