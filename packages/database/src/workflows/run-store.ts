import {
  type AcceptedRun,
  AppError,
  formatTimestamp,
  hashOfRequest,
  newUuid,
  type Principal,
  type RunIndicator,
  type RunOutcome,
  type RunParameters,
  type RunResource,
  type RunStatus,
  type RunStepResource,
  type RunSummaryResource,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { isForeignKeyViolation } from '../core/errors.js';
import { childBytes, fitRows, wholeRows } from '../core/fit-rows.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { type Prisma, type WorkflowRunStep } from '../generated/client.js';
import { tellApprovers } from './tell-approvers.js';

export type NewRun = {
  workflowId: string;
  workflowVersion: number;
  workflowName: string;
  requester: Pick<Principal, 'principalId' | 'keyId' | 'name' | 'keyType'>;
  reason: string;
  confidence?: number | undefined;
  alertId?: string | undefined;
  indicator?: RunIndicator | undefined;
  parameters: RunParameters;
  /** Set when somebody has to approve it first. */
  approval?: { expiresAt: Date } | undefined;
};

export type RunFilter = {
  status?: readonly RunStatus[] | undefined;
  workflowId?: string | undefined;
  alertId?: string | undefined;
  requestedBy?: string | undefined;
};

export interface RunStore {
  /** Stores the run, the approval that it waits for, and the line in the alert's activity, all or nothing. */
  create(run: NewRun): Promise<AcceptedRun>;
  get(uuid: string): Promise<RunResource | undefined>;
  /** Newest first. */
  list(filter: RunFilter, page: PageRequest): Promise<Page<RunSummaryResource>>;
}

type RunDatabase = Pick<Database, 'prisma' | 'query' | 'readLarge' | 'transaction'>;

export const createRunStore = (database: RunDatabase): RunStore => ({
  create: async (run) => await insertRun(database, run),
  async get(id) {
    const { bytes } = await fitRows(database, WITH_STEPS, { id: [id] });
    return await database.readLarge(bytes, async () => await readRun(database, id));
  },
  async list(filter, page) {
    const where = {
      ...(filter.status && { status: { in: [...filter.status] } }),
      ...defined({
        workflowId: filter.workflowId,
        alertId: filter.alertId,
        requestedBy: filter.requestedBy,
      }),
    };
    return await readLargePage(database, page, {
      order: 'newest_first',
      rows: wholeRows('workflow_runs'),
      find: async ({ where: after, ...window }) =>
        await database.prisma.workflowRun.findMany({ where: { ...where, ...after }, ...window }),
      read: async (among) =>
        await database.prisma.workflowRun.findMany({ where: among, include: WITH }),
      count: async () => await database.prisma.workflowRun.count({ where }),
      toResource: toRunSummary,
    });
  },
});

const WITH = {
  workflow: { select: { name: true } },
  approval: { select: { id: true, status: true } },
} as const;

/** Runs, with what their steps sent and were answered. */
const WITH_STEPS = {
  table: 'workflow_runs',
  bytes: `octet_length(r::text) + ${childBytes('workflow_run_steps', 'run_id')}`,
};

async function readRun(
  { prisma }: Pick<Database, 'prisma'>,
  id: string,
): Promise<RunResource | undefined> {
  const row = await prisma.workflowRun.findUnique({
    where: { id },
    include: { ...WITH, stepRows: { orderBy: { number: 'asc' } } },
  });
  return row ? { ...toRunSummary(row), steps: row.stepRows.map(toStep) } : undefined;
}

/** One statement, so that a run, its approval and its line are there together, after one round trip. */
const INSERT = `
  WITH run AS (
    INSERT INTO workflow_runs (
      id, workflow_id, workflow_version, alert_id, status, parameters, parameters_hash, requested_by,
      requester_key_id, requester_name, requester_key_type, reason, confidence, indicator_type,
      indicator_value)
    VALUES ($1, $2, $3, $4, $5::workflow_run_status, $6, $7, $8, $9, $10, $11::key_type, $12, $13,
      $14::indicator_type, $15)
  ), approval AS (
    INSERT INTO approvals (id, run_id, parameters_hash, workflow_version, requested_by, expires_at)
    SELECT $16::uuid, $1::uuid, $7, $3, $8, $17::timestamptz WHERE $16::uuid IS NOT NULL
  )
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT $18::uuid, $4::uuid, now(), 'workflow_requested', $9, $19::jsonb WHERE $4::uuid IS NOT NULL`;

async function insertRun(database: RunDatabase, run: NewRun): Promise<AcceptedRun> {
  const { approval } = run;
  const runId = newUuid();
  const approvalId = approval && newUuid();
  const values = valuesOf(run, runId, approvalId);
  if (approval === undefined || approvalId === undefined) {
    await explained(database.query(INSERT, values));
    return { run_uuid: runId, status: 'queued' };
  }
  await explained(
    database.transaction(async (client) => {
      await client.query(INSERT, values);
      await tellApprovers(client, {
        ...{ approvalId, runId, alertId: run.alertId ?? null, reason: run.reason },
        ...{ workflowId: run.workflowId, workflowName: run.workflowName },
        requestedBy: run.requester.principalId,
        expiresAt: approval.expiresAt,
      });
    }),
  );
  return { run_uuid: runId, status: 'awaiting_approval', approval_uuid: approvalId };
}

function valuesOf(run: NewRun, runId: string, approvalId: string | undefined): unknown[] {
  const { workflowId, workflowVersion, requester, approval, parameters } = run;
  const { alertId = null, indicator = null, confidence = null } = run;
  const bound = { workflowId, workflowVersion, alertId, parameters, indicator };
  const status = approval ? 'awaiting_approval' : 'queued';
  return [
    ...[runId, workflowId, workflowVersion, alertId, status, JSON.stringify(parameters)],
    ...[hashOfRequest(bound), requester.principalId, requester.keyId, requester.name],
    ...[requester.keyType, run.reason, confidence, indicator?.type ?? null],
    ...[indicator?.value ?? null, approvalId ?? null, approval?.expiresAt ?? null, newUuid()],
    JSON.stringify(noteOf(runId, run)),
  ];
}

const noteOf = (
  runId: string,
  { requester, workflowId, workflowName, reason, approval }: NewRun,
): Record<string, unknown> => ({
  run_uuid: runId,
  workflow_uuid: workflowId,
  workflow: workflowName,
  requested_by: requester.principalId,
  reason,
  needs_approval: approval !== undefined,
});

async function explained(query: Promise<unknown>): Promise<void> {
  try {
    await query;
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw new AppError(
      'request.invalid',
      'The alert does not exist, or the workflow was deleted.',
      {
        cause: error,
        issues: [{ pointer: '/alert_uuid', message: 'names an unknown alert' }],
      },
    );
  }
}

type RunRow = Prisma.WorkflowRunGetPayload<{ include: typeof WITH }>;

export const toRunSummary = (row: RunRow): RunSummaryResource => ({
  uuid: row.id,
  workflow_uuid: row.workflowId,
  workflow_name: row.workflow.name,
  workflow_version: row.workflowVersion,
  status: row.status,
  ...(row.outcome !== null && { outcome: row.outcome as RunOutcome }),
  ...(row.summary !== null && { summary: row.summary }),
  ...(row.alertId !== null && { alert_uuid: row.alertId }),
  ...(row.indicatorType !== null &&
    row.indicatorValue !== null && {
      indicator: { type: row.indicatorType, value: row.indicatorValue },
    }),
  parameters: row.parameters as RunParameters,
  reason: row.reason,
  ...(row.confidence !== null && { confidence: row.confidence }),
  requested_by: {
    principal: row.requestedBy,
    key_id: row.requesterKeyId,
    name: row.requesterName,
    key_type: row.requesterKeyType,
  },
  ...(row.approval && { approval_uuid: row.approval.id, approval_status: row.approval.status }),
  created_at: formatTimestamp(row.createdAt),
  ...(row.startedAt && { started_at: formatTimestamp(row.startedAt) }),
  ...(row.finishedAt && { finished_at: formatTimestamp(row.finishedAt) }),
  ...(row.stepsDeletedAt && { steps_deleted_at: formatTimestamp(row.stepsDeletedAt) }),
});

const toStep = (row: WorkflowRunStep): RunStepResource => ({
  number: row.number,
  name: row.name,
  idempotency_key: row.idempotencyKey,
  attempt_count: row.attemptCount,
  may_repeat: row.mayRepeat,
  request: row.request as RunStepResource['request'],
  sent_at: formatTimestamp(row.sentAt),
  ...(row.answeredAt && { answered_at: formatTimestamp(row.answeredAt) }),
  ...(row.outcome !== null && { outcome: row.outcome }),
  ...(row.message !== null && { message: row.message }),
  ...(row.response !== null && {
    response: row.response as NonNullable<RunStepResource['response']>,
  }),
});
