import {
  AppError,
  type Decider,
  type DecisionWay,
  refuseDecider,
  type RunStatus,
} from '@calseta/common';
import { type Prisma } from '../generated/client.js';
import { approveRun, type DecisionResult, rejectRun } from './run-decisions.js';

export type ApprovalDecision = {
  approvalId: string;
  decision: 'approve' | 'reject';
  /** Why. */
  reason: string;
  /** A key decides with its scope; a link or a click stands for an approver. */
  by:
    { way: 'key'; keyId: string; decider: Decider } | { way: 'link' | 'slack'; approverId: string };
};

/**
 * Decides in one transaction; of several decisions at once, the first counts. Throws the reason why it is refused:
 * `approval.*`, or `resource.not_found`.
 */
export async function decideApproval(
  tx: Prisma.TransactionClient,
  { approvalId, decision, reason, by }: ApprovalDecision,
): Promise<void> {
  const approval = await tx.approval.findUnique({
    where: { id: approvalId },
    select: { runId: true, requestedBy: true, run: { select: { workflow: true } } },
  });
  if (!approval) throw new AppError('resource.not_found', 'No such approval.');
  const { runId, requestedBy, run } = approval;
  const { decider, actor, means } = await deciderOf(tx, by, run.workflow.approvers);
  refuseDecider(requestedBy, decider, means);
  const decide = decision === 'approve' ? approveRun : rejectRun;
  const decidedBy = decider.principalId;
  assertDecided(await decide(tx, { runId, decidedBy, actor, reason }));
  await tx.approval.update({
    where: { id: approvalId },
    data: { decidedVia: by.way satisfies DecisionWay },
  });
}

type Means = { decider: Decider; actor: string; means: string };

async function deciderOf(
  tx: Prisma.TransactionClient,
  by: ApprovalDecision['by'],
  named: readonly string[],
): Promise<Means> {
  if (by.way === 'key')
    return { decider: by.decider, actor: by.keyId, means: 'made the key that decides' };
  const approver = await tx.approver.findUnique({ where: { id: by.approverId } });
  if (!approver || (named.length > 0 && !named.includes(approver.principal)))
    throw new AppError('approval.not_approver', 'No approver of this workflow decides here.');
  return {
    decider: { principalId: approver.principal, createdBy: approver.setBy },
    actor: `approver:${approver.id}`,
    means: 'said where the approver is told',
  };
}

const WORDS: Record<RunStatus, string> = {
  queued: 'approved already',
  running: 'approved already, and runs',
  succeeded: 'approved already, and succeeded',
  failed: 'approved already, and failed',
  uncertain: 'approved already, and how it ended is uncertain',
  awaiting_approval: 'decided already',
  rejected: 'rejected already',
  expired: 'not decided in time',
};

function assertDecided(result: DecisionResult): void {
  switch (result.kind) {
    case 'decided':
      return;
    case 'unknown':
      throw new AppError('resource.not_found', 'No such approval.');
    case 'expired':
      throw new AppError('approval.expired', 'The time to decide about the run is over.');
    case 'settled':
      throw new AppError(
        result.status === 'expired' ? 'approval.expired' : 'approval.already_decided',
        `The run was ${WORDS[result.status]}.`,
      );
    case 'workflow_changed':
      throw new AppError(
        'approval.workflow_changed',
        'The workflow was changed after the run was asked for. Reject the run, and have it asked for again.',
      );
    case 'parameters_changed':
      throw new AppError(
        'approval.parameters_changed',
        'The run is not what was asked for: its parameters were changed. Reject it.',
      );
  }
}
