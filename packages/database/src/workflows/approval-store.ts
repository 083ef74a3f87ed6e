import {
  type ApprovalChannel,
  type ApprovalFilter,
  type ApprovalResource,
  type AskedRun,
  type DecisionWay,
  formatTimestamp,
  questionText,
  type RiskLevel,
  type RunParameters,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { childBytes } from '../core/fit-rows.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { type Prisma } from '../generated/client.js';
import { type ApprovalDecision, decideApproval } from './approval-decision.js';
import { expireRuns } from './run-decisions.js';

/** What a one-time link is for. */
export type DecisionLink = { approvalId: string; approverId: string; approverName: string };

export interface ApprovalStore {
  get(uuid: string): Promise<ApprovalResource | undefined>;
  /** Newest first. */
  list(filter: ApprovalFilter, page: PageRequest): Promise<Page<ApprovalResource>>;
  /** Throws `approval.*`; see decideApproval. */
  decide(decision: ApprovalDecision): Promise<ApprovalResource>;
  /** Ends approvals whose time is over, at most `limit`; returns how many. */
  expire(limit: number): Promise<number>;
  findLink(tokenHash: Uint8Array): Promise<DecisionLink | undefined>;
  findApproverBySlackUser(slackUserId: string): Promise<string | undefined>;
}

/** Approvals, with their runs, which the question repeats, and the messages to approvers. */
const APPROVALS = {
  table: 'approvals',
  bytes: `octet_length(r::text)
          + 2 * (SELECT octet_length(w::text) FROM workflow_runs w WHERE w.id = r.run_id)
          + ${childBytes('approval_notices', 'approval_id')}`,
};

/** Approvals: what waits for a person's decision, and what was decided. */
export const createApprovalStore = (database: Database): ApprovalStore => {
  const { prisma } = database;
  const get = async (id: string) => {
    const row = await prisma.approval.findUnique({ where: { id }, include: WITH });
    return row ? (await toResources(database, [row]))[0] : undefined;
  };
  return {
    get,
    async list(filter, page) {
      const where = whereOf(filter, new Date());
      const read = await readLargePage(database, page, {
        order: 'newest_first',
        rows: APPROVALS,
        find: async ({ where: after, ...window }) =>
          await prisma.approval.findMany({ where: { AND: [where, after] }, ...window }),
        read: async (among) => await prisma.approval.findMany({ where: among, include: WITH }),
        count: async () => await prisma.approval.count({ where }),
        toResource: (row: ApprovalRow) => row,
      });
      return { ...read, items: await toResources(database, read.items) };
    },
    async decide(decision) {
      await prisma.$transaction(async (tx) => await decideApproval(tx, decision));
      const decided = await get(decision.approvalId);
      if (!decided) throw new Error('The approval is gone.');
      return decided;
    },
    expire: async (limit) =>
      (await prisma.$transaction(async (tx) => await expireRuns(tx, limit))).length,
    async findLink(tokenHash) {
      const row = await prisma.approvalLink.findUnique({
        where: { tokenHash: new Uint8Array(tokenHash) },
        include: { approver: { select: { name: true } } },
      });
      if (!row) return undefined;
      const { approvalId, approverId, approver } = row;
      return { approvalId, approverId, approverName: approver.name };
    },
    async findApproverBySlackUser(slackUserId) {
      return (await prisma.approver.findUnique({ where: { slackUserId } }))?.id;
    },
  };
};

const WITH = {
  run: { include: { workflow: { select: { name: true, riskLevel: true } } } },
  notices: {
    include: { approver: { select: { principal: true } } },
    orderBy: [{ approverId: 'asc' }, { channel: 'asc' }],
  },
} as const satisfies Prisma.ApprovalInclude;

type ApprovalRow = Prisma.ApprovalGetPayload<{ include: typeof WITH }>;

/** An approval whose time is over counts as expired, also before the next sweep. */
function whereOf(filter: ApprovalFilter, now: Date): Prisma.ApprovalWhereInput {
  const run = defined({
    workflowId: filter.workflow_uuid,
    id: filter.run_uuid,
    alertId: filter.alert_uuid,
    workflow: filter.risk_level && { riskLevel: { in: filter.risk_level } },
  });
  const statuses = (filter.status ?? []).flatMap((status) => statusesOf(status, now));
  return {
    ...(filter.requested_by !== undefined && { requestedBy: filter.requested_by }),
    ...(Object.keys(run).length > 0 && { run }),
    ...(statuses.length > 0 && { OR: statuses }),
  };
}

function statusesOf(status: ApprovalResource['status'], now: Date): Prisma.ApprovalWhereInput[] {
  switch (status) {
    case 'pending':
      return [{ status, expiresAt: { gt: now } }];
    case 'expired':
      return [{ status }, { status: 'pending', expiresAt: { lte: now } }];
    default:
      return [{ status }];
  }
}

type BoundVersion = { workflow_id: string; version: number; name: string; risk_level: RiskLevel };

/** As the workflow was in the version that is asked for. */
async function toResources(
  { query }: Pick<Database, 'query'>,
  rows: readonly ApprovalRow[],
): Promise<ApprovalResource[]> {
  const { rows: versions } = await query<BoundVersion>(VERSIONS, [
    rows.map(({ run }) => run.workflowId),
    rows.map(({ workflowVersion }) => workflowVersion),
  ]);
  const byKey = new Map(versions.map((row) => [`${row.workflow_id} ${row.version}`, row]));
  return rows.map((row) =>
    toResource(row, byKey.get(`${row.run.workflowId} ${row.workflowVersion}`)),
  );
}

const VERSIONS = `
  SELECT v.workflow_id, v.version, v.content->>'name' AS name, v.content->>'risk_level' AS risk_level
    FROM workflow_versions v
   WHERE (v.workflow_id, v.version) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))`;

const toResource = (row: ApprovalRow, bound: BoundVersion | undefined): ApprovalResource => {
  const asked = askedOf(row, bound);
  const isOver = row.status === 'pending' && row.expiresAt <= new Date();
  return {
    uuid: row.id,
    status: isOver ? 'expired' : row.status,
    question: questionText(asked),
    run_uuid: row.runId,
    workflow_uuid: row.run.workflowId,
    ...asked,
    parameters_hash: row.parametersHash,
    requested_reason: row.run.reason,
    ...(row.run.confidence !== null && { confidence: row.run.confidence }),
    ...decisionOf(row),
    notices: row.notices.filter(isOfApprover).map((notice) => ({
      approver: notice.approver.principal,
      channel: notice.channel as ApprovalChannel,
      status: notice.status as ApprovalResource['notices'][number]['status'],
      attempt_count: notice.attemptCount,
      ...(notice.lastError !== null && { last_error: notice.lastError }),
    })),
    created_at: formatTimestamp(row.createdAt),
  };
};

/**
 * Notices and approvers are read by two statements: an approver that is deleted between them is null, and its notices
 * are gone with it.
 */
const isOfApprover = ({ approver }: { approver: object | null }): boolean => approver !== null;

const askedOf = ({ run, ...row }: ApprovalRow, bound: BoundVersion | undefined): AskedRun => ({
  workflow_name: bound?.name ?? run.workflow.name,
  workflow_version: row.workflowVersion,
  risk_level: bound?.risk_level ?? run.workflow.riskLevel,
  ...(run.alertId !== null && { alert_uuid: run.alertId }),
  ...(run.indicatorType !== null &&
    run.indicatorValue !== null && {
      indicator: { type: run.indicatorType, value: run.indicatorValue },
    }),
  parameters: run.parameters as RunParameters,
  requested_by: {
    principal: row.requestedBy,
    name: run.requesterName,
    key_type: run.requesterKeyType,
  },
  expires_at: formatTimestamp(row.expiresAt),
});

const decisionOf = (row: ApprovalRow) => ({
  ...(row.decidedBy !== null && { decided_by: row.decidedBy }),
  ...(row.decidedVia !== null && { decided_via: row.decidedVia as DecisionWay }),
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.decidedAt && { decided_at: formatTimestamp(row.decidedAt) }),
});
