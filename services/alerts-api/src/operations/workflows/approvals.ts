import {
  type ApprovalQuery,
  type ApprovalResource,
  AppError,
  type DecideApproval,
  hashOfLinkToken,
} from '@calseta/common';
import {
  actAs,
  type ApprovalDecision,
  type ApprovalStore,
  type DecisionLink,
} from '@calseta/database';
import { type WaitFor } from '../../pull/wait-for.js';
import { found } from '../found.js';
import { type Caller, operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type ApprovalDeps = {
  approvals: ApprovalStore;
  waitFor: WaitFor;
  /** Tells the dispatcher that a run is queued; it never rejects. */
  wakeDispatcher(traceparent: string): void;
};

export type ApprovalOperations = ReturnType<typeof approvalOperations>;
export type DecisionOperations = ReturnType<typeof decisionOperations>;

const READ = { scope: 'workflows:read' } as const;
/** No key of an agent decides, whatever it holds. */
const DECIDE = { scope: 'approvals:write', keyType: 'human' } as const;

/** What waits for the decision of a person, and what was decided. */
export const approvalOperations = (deps: ApprovalDeps) => ({
  list: operation(READ, async ({ wait_seconds: seconds, ...query }: ApprovalQuery) => {
    const { cursor, page_size, include_total, ...filter } = query;
    const page = toPageRequest({ cursor, page_size, include_total });
    return await deps.waitFor(
      async () => await deps.approvals.list(filter, page),
      ({ items }) => items.length > 0,
      seconds,
    );
  }),
  get: operation(READ, async ({ uuid }: ByUuid) =>
    found('approval', await deps.approvals.get(uuid)),
  ),
  approve: decideByKey(deps, 'approve'),
  reject: decideByKey(deps, 'reject'),
});

const decideByKey = (deps: ApprovalDeps, decision: ApprovalDecision['decision']) =>
  operation(
    DECIDE,
    async ({ uuid, reason }: ByUuid & DecideApproval, { principal, traceparent }: Caller) =>
      await decide(deps, traceparent, {
        ...{ approvalId: uuid, decision, reason },
        by: { way: 'key', keyId: principal.keyId, decider: principal },
      }),
  );

async function decide(
  { approvals, wakeDispatcher }: ApprovalDeps,
  traceparent: string,
  decision: ApprovalDecision,
): Promise<ApprovalResource> {
  const decided = await approvals.decide(decision);
  if (decision.decision === 'approve') wakeDispatcher(traceparent);
  return decided;
}

type Decision = Pick<ApprovalDecision, 'decision' | 'reason'>;

/** A request without a key. */
export type Sender = { traceparent: string; requestId: string; clientAddress: string };

const decideAs = async (
  deps: ApprovalDeps,
  { traceparent, requestId, clientAddress: address }: Sender,
  decision: ApprovalDecision & { by: { approverId: string } },
): Promise<ApprovalResource> => {
  const { way: via, approverId } = decision.by;
  return await actAs(
    { actor: `approver:${approverId}`, actorType: 'approver', requestId, address, via },
    async () => await decide(deps, traceparent, decision),
  );
};

/** Decisions of those who send no key: a link or a click in Slack stands for an approver. */
export const decisionOperations = (deps: ApprovalDeps) => {
  const find = async (token: string): Promise<DecisionLink> => {
    const hash = hashOfLinkToken(token);
    const link = hash && (await deps.approvals.findLink(hash));
    if (link) return link;
    throw new AppError('approval.link_unknown', 'This link is not valid, or no longer.');
  };
  return {
    /** What a link is about; changes nothing. */
    async readLink(token: string) {
      const { approvalId, approverName } = await find(token);
      return { approval: found('approval', await deps.approvals.get(approvalId)), approverName };
    },
    async decideByLink(token: string, decision: Decision, sender: Sender) {
      const { approvalId, approverId } = await find(token);
      const by = { way: 'link', approverId } as const;
      return await decideAs(deps, sender, { approvalId, ...decision, by });
    },
    async decideInSlack(
      { approvalId, slackUserId, ...decision }: Decision & SlackClick,
      sender: Sender,
    ) {
      const approverId = await deps.approvals.findApproverBySlackUser(slackUserId);
      if (approverId === undefined)
        throw new AppError('approval.not_approver', 'The Slack user is no listed approver.');
      const by = { way: 'slack', approverId } as const;
      return await decideAs(deps, sender, { approvalId, ...decision, by });
    },
  };
};

export type SlackClick = { approvalId: string; slackUserId: string };
