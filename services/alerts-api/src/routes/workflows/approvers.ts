import {
  approverSchema,
  changedApproverSchema,
  createApproverSchema,
  createdApproverSchema,
  updateApproverSchema,
  warnedData,
  warnedEnvelope,
} from '@calseta/common';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { type ApproverOperations } from '../../operations/workflows/approvers.js';
import { callerOf } from '../caller.js';
import { uuidParamsSchema } from '../replies.js';
import { deleteRoute, readRoutes, type ResourceDescription } from '../resources.js';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/approvers',
  noun: 'approver',
  tag: 'Approvers',
  asWrittenFor: 'admin',
};

export const approverRoutes = (operations: ApproverOperations): Route[] => [
  defineRoute({
    ...operations.create.access,
    method: 'POST',
    path: '/v1/approvers',
    operationId: 'createApprover',
    asWrittenFor: 'admin',
    summary: 'Make somebody an approver',
    description:
      'The answer holds the `signing_secret`, which is shown once. Each message holds a link that decides as this ' +
      'approver, so the URLs are secrets: answers show their origin.',
    tags: [DESCRIPTION.tag],
    body: createApproverSchema,
    responses: { 201: warnedEnvelope(createdApproverSchema) },
    errors: ['resource.conflict', 'url.not_allowed'],
    handler: async ({ body, ...input }) => {
      const { approver, warnings } = await operations.create.run(body, callerOf(input));
      return reply(201, warnedData(approver, warnings));
    },
  }),
  ...readRoutes(DESCRIPTION, { resource: approverSchema }, operations),
  defineRoute({
    ...operations.update.access,
    method: 'PATCH',
    path: '/v1/approvers/{uuid}',
    operationId: 'updateApprover',
    asWrittenFor: 'admin',
    summary: 'Change an approver',
    description:
      'Where `webhook_url` moves to another scheme, host or port, the answer holds a new `signing_secret`, which is ' +
      'shown once. Requests that wait are told to the new place from the next attempt on.',
    tags: [DESCRIPTION.tag],
    params: uuidParamsSchema,
    body: updateApproverSchema,
    responses: { 200: warnedEnvelope(changedApproverSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'url.not_allowed'],
    // A repeated request gets the secret of the lost answer.
    idempotent: true,
    handler: async ({ params, body: changes, ...input }) => {
      const { approver, warnings } = await operations.update.run(
        { ...params, changes },
        callerOf(input),
      );
      return reply(200, warnedData(approver, warnings));
    },
  }),
  deleteRoute(DESCRIPTION, operations.remove),
];
