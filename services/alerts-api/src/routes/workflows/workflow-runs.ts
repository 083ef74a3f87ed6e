import {
  acceptedRunSchema,
  dataEnvelope,
  executeWorkflowSchema,
  integerParameter,
  jsonData,
  listEnvelope,
  listParameter,
  pageQuerySchema,
  runSchema,
  runStatusSchema,
  runSummarySchema,
  testedWorkflowSchema,
  testWorkflowSchema,
  uuidSchema,
} from '@calseta/common';
import { defineRoute, reply, type Route, textReply } from '@calseta/platform';
import { z } from 'zod';
import { type WorkflowRunOperations } from '../../operations/workflows/workflow-runs.js';
import { callerOf } from '../caller.js';
import { replyData, replyPage, uuidParamsSchema } from '../replies.js';

const MAX_WAIT_SECONDS = 30;
const TEXT = 'text/plain; charset=utf-8';
const tags = ['Workflow runs'];

const waitSeconds = integerParameter(0, MAX_WAIT_SECONDS).default(0);

const runQuerySchema = pageQuerySchema.extend({
  status: listParameter(runStatusSchema).optional(),
  workflow_uuid: uuidSchema.optional(),
  alert_uuid: uuidSchema.optional(),
  requested_by: z.string().max(200).optional().describe('Principal'),
  wait_seconds: waitSeconds.describe('Waits for so long until there is a run to list'),
});

export const workflowRunRoutes = (operations: WorkflowRunOperations): Route[] => [
  executeRoute(operations),
  testRoute(operations),
  defineRoute({
    ...operations.list.access,
    method: 'GET',
    path: '/v1/workflow-runs',
    operationId: 'listWorkflowRuns',
    summary: 'List runs of workflows, newest first',
    tags,
    query: runQuerySchema,
    responses: { 200: listEnvelope(runSummarySchema) },
    handler: async ({ query, ...input }) =>
      replyPage(await operations.list.run(query, callerOf(input))),
  }),
  defineRoute({
    ...operations.get.access,
    method: 'GET',
    path: '/v1/workflow-runs/{uuid}',
    operationId: 'getWorkflowRun',
    summary: 'Read a run of a workflow with its steps',
    description:
      'Each step has the request as it was sent, with the names of secrets in place of them, and the answer, bounded and ' +
      'without secrets. `uncertain`: a step was sent and its answer is not known; a person decides.',
    tags,
    params: uuidParamsSchema,
    query: z.object({
      wait_seconds: waitSeconds.describe('Waits for so long until the run has ended'),
      format: z
        .enum(['json', 'text'])
        .default('json')
        .describe('text: as lines that a person reads, with who approved it'),
    }),
    responses: { 200: dataEnvelope(runSchema) },
    produces: [TEXT],
    errors: ['resource.not_found'],
    handler: async ({ params, query: { format, ...query }, ...input }) => {
      const caller = callerOf(input);
      const run = await operations.get.run({ ...params, ...query }, caller);
      if (format === 'json') return replyData(run);
      return textReply(200, TEXT, await operations.tell.run(run, caller));
    },
  }),
];

const executeRoute = ({ execute }: WorkflowRunOperations): Route =>
  defineRoute({
    ...execute.access,
    method: 'POST',
    path: '/v1/workflows/{uuid}/execute',
    operationId: 'executeWorkflow',
    summary: 'Ask for a run of a workflow',
    description:
      '202 means that the run is stored. `awaiting_approval`: a person decides first, about exactly this request and this ' +
      'version of the workflow. `GET /v1/workflow-runs/{run_uuid}?wait_seconds=30` waits for the end. With `dry_run` the ' +
      'answer is 200 with the requests that would be sent. 422 `workflow.no_steps`: the workflow is documentation.',
    tags,
    params: uuidParamsSchema,
    body: executeWorkflowSchema,
    responses: { 200: dataEnvelope(testedWorkflowSchema), 202: dataEnvelope(acceptedRunSchema) },
    errors: ['resource.not_found', 'resource.conflict', 'workflow.no_steps'],
    handler: async ({ params, body: request, ...input }) => {
      const executed = await execute.run({ ...params, request }, callerOf(input));
      return executed.kind === 'planned'
        ? reply(200, jsonData(executed.plan))
        : reply(202, jsonData(executed.run));
    },
  });

const testRoute = ({ test }: WorkflowRunOperations): Route =>
  defineRoute({
    ...test.access,
    method: 'POST',
    path: '/v1/workflows/{uuid}/test',
    operationId: 'testWorkflow',
    summary: 'Read recorded answers as a workflow would, or see what it would send',
    description:
      'Nothing is sent: a workflow can be written from saved answers. It may be inactive and its secrets may be missing; ' +
      'they are named, not shown.',
    tags,
    params: uuidParamsSchema,
    body: testWorkflowSchema,
    responses: { 200: dataEnvelope(testedWorkflowSchema) },
    errors: ['resource.not_found', 'workflow.no_steps', 'service.unavailable'],
    handler: async ({ params, body, ...input }) =>
      replyData(await test.run({ ...params, test: body }, callerOf(input))),
  });
