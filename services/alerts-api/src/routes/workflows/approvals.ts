import {
  approvalQuerySchema,
  approvalSchema,
  dataEnvelope,
  decideApprovalSchema,
  listEnvelope,
} from '@calseta/common';
import { defineRoute, type Route } from '@calseta/platform';
import { type ApprovalOperations } from '../../operations/workflows/approvals.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage, uuidParamsSchema } from '../replies.js';

const SHARED = { tags: ['Approvals'], params: uuidParamsSchema } as const;
const responses = { 200: dataEnvelope(approvalSchema) };
const DECISION = {
  ...SHARED,
  method: 'POST',
  body: decideApprovalSchema,
  responses,
  errors: [
    'resource.not_found',
    'approval.own_request',
    'approval.own_means',
    'approval.already_decided',
    'approval.expired',
    'approval.workflow_changed',
    'approval.parameters_changed',
  ],
} as const;

/** What waits for the decision of a person. */
export const approvalRoutes = ({ list, get, approve, reject }: ApprovalOperations): Route[] => [
  defineRoute({
    ...list.access,
    tags: SHARED.tags,
    method: 'GET',
    path: '/v1/workflow-approvals',
    operationId: 'listWorkflowApprovals',
    summary: 'List approvals, newest first',
    description:
      '`?status=pending` are those that wait. With `wait_seconds` the answer comes as soon as one matches.',
    query: approvalQuerySchema,
    responses: { 200: listEnvelope(approvalSchema) },
    errors: ['service.overloaded'],
    handler: async ({ query, ...input }) => replyPage(await list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...SHARED,
    ...get.access,
    method: 'GET',
    path: '/v1/workflow-approvals/{uuid}',
    operationId: 'getWorkflowApproval',
    summary: 'Read an approval',
    responses,
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) => replyData(await get.run(params, callerOf(input))),
  }),
  defineRoute({
    ...DECISION,
    ...approve.access,
    path: '/v1/workflow-approvals/{uuid}/approve',
    operationId: 'approveWorkflowRun',
    summary: 'Approve a run: it is executed once',
    description:
      'For a person who did not ask for it, with a key that whoever asked did not make. The decision is bound to the ' +
      'parameters and to the version of the workflow; a second one is refused.',
    handler: async ({ params, body, ...input }) =>
      replyData(await approve.run({ ...params, ...body }, callerOf(input))),
  }),
  defineRoute({
    ...DECISION,
    ...reject.access,
    path: '/v1/workflow-approvals/{uuid}/reject',
    operationId: 'rejectWorkflowRun',
    summary: 'Reject a run: nothing of it is ever sent',
    handler: async ({ params, body, ...input }) =>
      replyData(await reject.run({ ...params, ...body }, callerOf(input))),
  }),
];
