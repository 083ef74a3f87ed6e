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
import { type Page, type PageRequest, readPage } from '../core/page.js';
import { type Prisma, type WorkflowRunStep } from '../generated/client.js';

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

export const createRunStore = ({ prisma }: Pick<Database, 'prisma'>): RunStore => ({
  create: async (run) => await prisma.$transaction(async (tx) => await insertRun(tx, run)),
  async get(id) {
    const row = await prisma.workflowRun.findUnique({
      where: { id },
      include: { ...WITH, stepRows: { orderBy: { number: 'asc' } } },
    });
    return row ? { ...toRunSummary(row), steps: row.stepRows.map(toStep) } : undefined;
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
    return await readPage(page, {
      order: 'newest_first',
      find: async (query) =>
        await prisma.workflowRun.findMany({
          ...query,
          where: { ...where, ...query.where },
          include: WITH,
        }),
      count: async () => await prisma.workflowRun.count({ where }),
      toResource: toRunSummary,
    });
  },
});

const WITH = {
  workflow: { select: { name: true } },
  approval: { select: { id: true, status: true } },
} as const;

async function insertRun(tx: Prisma.TransactionClient, run: NewRun): Promise<AcceptedRun> {
  const { workflowId, workflowVersion, requester, approval, indicator, parameters } = run;
  const alertId = run.alertId ?? null;
  if (alertId !== null && (await tx.alert.count({ where: { id: alertId } })) === 0)
    throw new AppError('request.invalid', 'No such alert.', {
      issues: [{ pointer: '/alert_uuid', message: 'names an unknown alert' }],
    });
  const runId = newUuid();
  const status = approval ? 'awaiting_approval' : 'queued';
  const parametersHash = hashOfRequest({
    ...{ workflowId, workflowVersion, alertId, parameters },
    indicator: indicator ?? null,
  });
  await tx.workflowRun.create({
    data: {
      ...{ id: runId, workflowId, workflowVersion, alertId, status, parameters, parametersHash },
      ...requestColumns(run),
    },
  });
  const approvalId = approval && newUuid();
  if (approval && approvalId !== undefined)
    await tx.approval.create({
      data: {
        ...{ id: approvalId, runId, parametersHash, workflowVersion },
        requestedBy: requester.principalId,
        expiresAt: approval.expiresAt,
      },
    });
  if (alertId !== null) await noteRequest(tx, runId, alertId, run);
  return {
    run_uuid: runId,
    status,
    ...(approvalId !== undefined && { approval_uuid: approvalId }),
  };
}

const requestColumns = ({ requester, reason, confidence, indicator }: NewRun) => ({
  requestedBy: requester.principalId,
  requesterKeyId: requester.keyId,
  requesterName: requester.name,
  requesterKeyType: requester.keyType,
  reason,
  confidence: confidence ?? null,
  indicatorType: indicator?.type ?? null,
  indicatorValue: indicator?.value ?? null,
});

const noteRequest = async (
  tx: Prisma.TransactionClient,
  runId: string,
  alertId: string,
  { requester, workflowId, workflowName, reason, approval }: NewRun,
): Promise<unknown> =>
  await tx.activity.create({
    data: {
      id: newUuid(),
      alertId,
      at: new Date(),
      kind: 'workflow_requested',
      actor: requester.keyId,
      detail: {
        run_uuid: runId,
        workflow_uuid: workflowId,
        workflow: workflowName,
        requested_by: requester.principalId,
        reason,
        needs_approval: approval !== undefined,
      },
    },
  });

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
