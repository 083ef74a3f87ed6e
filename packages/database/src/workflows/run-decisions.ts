import { hashOfRequest, newUuid, type RunParameters, type RunStatus } from '@calseta/common';
import { type Prisma } from '../generated/client.js';

/** Who decides, and why. */
export type Decision = {
  runId: string;
  /** Principal. */
  decidedBy: string;
  /** Id of the key, or the name of the way that the decision came. */
  actor: string;
  reason: string;
};

/**
 * `decided` · `unknown` there is no approval of this run · `settled` it was decided before, has expired or was never
 * asked for · `expired` its time is over · `workflow_changed` the workflow has another version than the one that was
 * asked for · `parameters_changed` the run is not what was asked for.
 */
export type DecisionResult =
  | { kind: 'decided' | 'unknown' | 'workflow_changed' | 'parameters_changed' | 'expired' }
  | { kind: 'settled'; status: RunStatus };

/**
 * Approves a run that waits, inside the caller's transaction: it is queued, and the dispatcher executes it once. The
 * caller checks who may decide, before this and in the same transaction.
 */
export async function approveRun(
  tx: Prisma.TransactionClient,
  decision: Decision,
): Promise<DecisionResult> {
  const run = await lockRun(tx, decision.runId);
  const refusal = refusalOf(run);
  if (refusal) return refusal;
  await settle(tx, decision, { run: 'queued', approval: 'approved' });
  return { kind: 'decided' };
}

/** Rejects a run that waits, inside the caller's transaction: nothing of it is ever sent. */
export async function rejectRun(
  tx: Prisma.TransactionClient,
  decision: Decision,
): Promise<DecisionResult> {
  const run = await lockRun(tx, decision.runId);
  const refusal = refusalOf(run);
  // A changed workflow or run may be rejected all the same.
  if (refusal && refusal.kind !== 'workflow_changed' && refusal.kind !== 'parameters_changed')
    return refusal;
  await settle(tx, decision, { run: 'rejected', approval: 'rejected' });
  return { kind: 'decided' };
}

/** Ends the runs whose approval has expired, up to `limit`; returns their ids. */
export async function expireRuns(tx: Prisma.TransactionClient, limit: number): Promise<string[]> {
  const due = await tx.$queryRaw<{ run_id: string; alert_id: string | null }[]>`
    SELECT a.run_id, r.alert_id
      FROM approvals a JOIN workflow_runs r ON r.id = a.run_id
     WHERE a.status = 'pending' AND a.expires_at <= now() AND r.status = 'awaiting_approval'
     ORDER BY a.expires_at LIMIT ${limit}
       FOR UPDATE OF r, a SKIP LOCKED`;
  const ids = due.map(({ run_id: id }) => id);
  if (ids.length === 0) return ids;
  const now = new Date();
  await tx.approval.updateMany({
    where: { runId: { in: ids } },
    data: { status: 'expired', decidedAt: now },
  });
  await tx.workflowRun.updateMany({
    where: { id: { in: ids } },
    data: { status: 'expired', finishedAt: now },
  });
  await tx.activity.createMany({
    data: due.flatMap(({ run_id: runId, alert_id: alertId }) =>
      alertId === null
        ? []
        : [
            {
              ...{ id: newUuid(), alertId, at: now, actor: 'alerts-api' },
              kind: 'workflow_approval_expired',
              detail: { run_uuid: runId },
            },
          ],
    ),
  });
  return ids;
}

type LockedRun = {
  status: RunStatus;
  alert_id: string | null;
  workflow_id: string;
  workflow_version: number;
  current_version: number;
  indicator_type: string | null;
  indicator_value: string | null;
  parameters: unknown;
  approval_status: string;
  approval_version: number;
  approval_hash: string;
  is_over: boolean;
};

async function lockRun(
  tx: Prisma.TransactionClient,
  runId: string,
): Promise<LockedRun | undefined> {
  const [run] = await tx.$queryRaw<LockedRun[]>`
    SELECT r.status::text, r.alert_id, r.workflow_id, r.workflow_version, w.version AS current_version,
           r.indicator_type::text, r.indicator_value, r.parameters, a.status::text AS approval_status,
           a.workflow_version AS approval_version, a.parameters_hash AS approval_hash,
           a.expires_at <= now() AS is_over
      FROM workflow_runs r
      JOIN approvals a ON a.run_id = r.id
      JOIN workflows w ON w.id = r.workflow_id
     WHERE r.id = ${runId}::uuid
       FOR UPDATE OF r, a`;
  return run;
}

function refusalOf(run: LockedRun | undefined): DecisionResult | undefined {
  if (!run) return { kind: 'unknown' };
  if (run.status !== 'awaiting_approval' || run.approval_status !== 'pending')
    return { kind: 'settled', status: run.status };
  if (run.is_over) return { kind: 'expired' };
  if (run.approval_version !== run.current_version || run.approval_version !== run.workflow_version)
    return { kind: 'workflow_changed' };
  return hashOf(run) === run.approval_hash ? undefined : { kind: 'parameters_changed' };
}

const hashOf = (run: LockedRun): string =>
  hashOfRequest({
    workflowId: run.workflow_id,
    workflowVersion: run.workflow_version,
    alertId: run.alert_id,
    indicator:
      run.indicator_type === null || run.indicator_value === null
        ? null
        : { type: run.indicator_type as never, value: run.indicator_value },
    parameters: run.parameters as RunParameters,
  });

async function settle(
  tx: Prisma.TransactionClient,
  { runId, decidedBy, actor, reason }: Decision,
  to: { run: 'queued' | 'rejected'; approval: 'approved' | 'rejected' },
): Promise<void> {
  const now = new Date();
  await tx.approval.update({
    where: { runId },
    data: { status: to.approval, decidedBy, reason, decidedAt: now },
  });
  const { alertId } = await tx.workflowRun.update({
    where: { id: runId },
    data: { status: to.run, ...(to.run === 'rejected' && { finishedAt: now }) },
  });
  if (alertId === null) return;
  await tx.activity.create({
    data: {
      ...{ id: newUuid(), alertId, at: now, actor },
      kind: `workflow_${to.approval}`,
      detail: { run_uuid: runId, decided_by: decidedBy, reason },
    },
  });
}
