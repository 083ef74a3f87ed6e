import { dataEnvelope, jsonData, warnedData, warnedEnvelope } from '@calseta/common';
import {
  createWorkflowSchema,
  updateWorkflowSchema,
  type WorkflowResource,
  workflowSchema,
  workflowVersionSchema,
} from '@calseta/http-steps';
import { defineRoute, etagOf, reply, requireMatch, type Route } from '@calseta/platform';
import { z } from 'zod';
import { type WorkflowOperations } from '../../operations/workflows/workflows.js';
import { callerOf } from '../caller.js';
import { uuidParamsSchema } from '../replies.js';
import { deleteRoute, listRoute, type ResourceDescription } from '../resources.js';
import { versionRoutes } from '../versions.js';

const DESCRIPTION: ResourceDescription = {
  path: '/v1/workflows',
  noun: 'workflow',
  tag: 'Workflows',
  asWrittenFor: 'workflows:write',
  keepsBuiltins: true,
};
const { path, asWrittenFor } = DESCRIPTION;
const tags = [DESCRIPTION.tag];

export const workflowRoutes = (operations: WorkflowOperations): Route[] => [
  createRoute(operations),
  listRoute(DESCRIPTION, workflowSchema, operations.list),
  defineRoute({
    ...operations.get.access,
    method: 'GET',
    path: `${path}/{uuid}`,
    operationId: 'getWorkflow',
    asWrittenFor,
    summary: 'Read a workflow',
    tags,
    params: uuidParamsSchema,
    responses: { 200: dataEnvelope(workflowSchema) },
    errors: ['resource.not_found'],
    handler: async ({ params, ...input }) =>
      reply(200, ...tagged(await operations.get.run(params, callerOf(input)))),
  }),
  updateRoute(operations),
  deleteRoute(DESCRIPTION, operations.remove),
  ...versionRoutes(DESCRIPTION, VERSIONS, operations),
];

const tagged = (workflow: WorkflowResource) =>
  [jsonData(workflow), { ETag: etagOf(workflow.version) }] as const;

const createRoute = ({ create }: WorkflowOperations): Route =>
  defineRoute({
    ...create.access,
    method: 'POST',
    path,
    operationId: 'createWorkflow',
    asWrittenFor,
    summary: 'Create a workflow',
    description:
      'Its steps are HTTP requests in order, each with the answers of the earlier ones. A workflow that names a secret ' +
      'which is not granted to it is stored and inactive; `meta.warnings` says so.',
    tags,
    body: createWorkflowSchema,
    responses: { 201: warnedEnvelope(workflowSchema) },
    errors: ['resource.conflict'],
    handler: async ({ body, ...input }) => {
      const { workflow, warnings } = await create.run(body, callerOf(input));
      return reply(201, warnedData(workflow, warnings), { ETag: etagOf(workflow.version) });
    },
  });

const updateRoute = ({ update }: WorkflowOperations): Route =>
  defineRoute({
    ...update.access,
    method: 'PATCH',
    path: `${path}/{uuid}`,
    operationId: 'updateWorkflow',
    asWrittenFor,
    summary: 'Change a workflow',
    description:
      'Makes a new version; runs that were requested before keep theirs, and an approval of theirs is void. Honours ' +
      '`If-Match`. A step that would send a secret to an origin that it does not name is refused. Only human keys lower ' +
      '`approval_mode` or `risk_level`.',
    tags,
    params: uuidParamsSchema,
    headers: z.object({ 'If-Match': z.string().optional().describe('An `ETag` of the workflow') }),
    body: updateWorkflowSchema,
    responses: { 200: warnedEnvelope(workflowSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'resource.precondition_failed'],
    handler: async ({ params, body: changes, ...input }) => {
      const ifMatch = input.request.headers['if-match'];
      const assertVersion = (version: string) => requireMatch(ifMatch, etagOf(version));
      const { workflow, warnings } = await update.run(
        { ...params, changes, assertVersion },
        callerOf(input),
      );
      return reply(200, warnedData(workflow, warnings), { ETag: etagOf(workflow.version) });
    },
  });

const VERSIONS = { summary: workflowVersionSchema, version: workflowVersionSchema };
