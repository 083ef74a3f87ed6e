import {
  type AcceptedRun,
  AppError,
  type ExecuteWorkflow,
  isEnd,
  type Issue,
  type PageQuery,
  type Principal,
  REQUESTS,
  type RunResource,
  type RunStatus,
  tellRun,
  type TestedWorkflow,
  type TestWorkflow,
} from '@calseta/common';
import {
  type ApprovalStore,
  type RunStore,
  type WorkflowRecord,
  type WorkflowStore,
} from '@calseta/database';
import { textsIn } from '@calseta/http-steps';
import { type PipelineTransport } from '@calseta/messaging';
import { type WaitFor } from '../../pull/wait-for.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';
import { definitionOf, obstaclesOf } from './workflow-shape.js';

export type WorkflowRunDeps = {
  workflows: Pick<WorkflowStore, 'get'>;
  runs: RunStore;
  transport: Pick<PipelineTransport, 'request'>;
  /** Time that a person has to decide, ms. */
  approvalTtlMs: number;
  waitFor: WaitFor;
  approvals: Pick<ApprovalStore, 'get'>;
  /** Tells the dispatcher that a run is queued; it never rejects. */
  wakeDispatcher(traceparent: string): void;
};

export type WorkflowRunOperations = ReturnType<typeof workflowRunOperations>;

export type RunQuery = PageQuery & {
  status?: RunStatus[] | undefined;
  workflow_uuid?: string | undefined;
  alert_uuid?: string | undefined;
  requested_by?: string | undefined;
  wait_seconds: number;
};

const READ = { scope: 'workflows:read' } as const;

/** Runs of workflows: asked for, listed, awaited. */
export const workflowRunOperations = (deps: WorkflowRunDeps) => {
  const { workflows, runs, waitFor } = deps;
  return {
    execute: operation(
      { scope: 'workflows:execute' },
      async ({ uuid, request }: ByUuid & { request: ExecuteWorkflow }, caller) => {
        const workflow = found('workflow', await workflows.get(uuid));
        assertExecutable(workflow, request);
        return request.dry_run
          ? { kind: 'planned' as const, plan: await tryOut(deps, uuid, request, caller) }
          : { kind: 'accepted' as const, run: await execute(deps, workflow, request, caller) };
      },
    ),
    /** Reads recorded answers as the workflow would, or shows what it would send. */
    test: operation(
      { scope: 'workflows:write' },
      async ({ uuid, test }: ByUuid & { test: TestWorkflow }, caller) =>
        await tryOut(deps, uuid, test, caller),
    ),
    list: operation(READ, async ({ wait_seconds: seconds, ...query }: RunQuery) => {
      const filter = {
        status: query.status,
        workflowId: query.workflow_uuid,
        alertId: query.alert_uuid,
        requestedBy: query.requested_by,
      };
      return await waitFor(
        async () => await runs.list(filter, toPageRequest(query)),
        ({ items }) => items.length > 0,
        seconds,
      );
    }),
    get: operation(
      READ,
      async ({ uuid, wait_seconds: seconds }: ByUuid & { wait_seconds: number }) =>
        await waitFor(
          async (): Promise<RunResource> => found('run', await runs.get(uuid)),
          ({ status }) => isEnd(status),
          seconds,
        ),
    ),
    /** As lines that a person reads. */
    tell: operation(READ, async (run: RunResource) => {
      const { approval_uuid: approvalId } = run;
      return tellRun(
        run,
        approvalId === undefined ? undefined : await deps.approvals.get(approvalId),
      );
    }),
  };
};

type Calling = { principal: Principal; traceparent: string };

async function execute(
  { runs, approvalTtlMs, wakeDispatcher }: WorkflowRunDeps,
  workflow: WorkflowRecord,
  request: ExecuteWorkflow,
  { principal, traceparent }: Calling,
): Promise<AcceptedRun> {
  const run = await runs.create({
    workflowId: workflow.uuid,
    workflowVersion: workflow.version,
    workflowName: workflow.name,
    requester: principal,
    reason: request.reason,
    confidence: request.confidence,
    alertId: request.alert_uuid,
    indicator: request.indicator,
    parameters: request.parameters,
    ...(needsApproval(workflow, principal) && {
      approval: { expiresAt: new Date(Date.now() + approvalTtlMs) },
    }),
  });
  if (run.status === 'queued') wakeDispatcher(traceparent);
  return run;
}

const needsApproval = ({ approval_mode: mode }: WorkflowRecord, { keyType }: Principal): boolean =>
  mode === 'always' || (mode === 'agent_only' && keyType === 'agent');

const tryOut = async (
  { transport }: WorkflowRunDeps,
  uuid: string,
  {
    indicator,
    parameters,
    reason,
    recorded,
  }: Omit<TestWorkflow, 'recorded'> & Partial<TestWorkflow>,
  { traceparent }: Calling,
): Promise<TestedWorkflow> =>
  await transport.request(
    REQUESTS.testWorkflow,
    {
      ...{ workflow_uuid: uuid, parameters, reason },
      ...(indicator && { indicator }),
      ...(recorded && { recorded }),
    },
    { traceparent },
  );

/** Refuses what cannot end well, before anybody is asked to approve it. */
function assertExecutable(workflow: WorkflowRecord, request: ExecuteWorkflow): void {
  if (definitionOf(workflow).steps.length === 0)
    throw new AppError(
      'workflow.no_steps',
      'The workflow has no steps: it is documentation, and cannot be executed.',
    );
  const obstacles = obstaclesOf(workflow).map(({ message }) => message);
  if (!workflow.is_wanted || obstacles.length > 0)
    throw new AppError(
      'resource.conflict',
      `The workflow is inactive: ${workflow.is_wanted ? obstacles.join('; ') : 'it is switched off'}.`,
    );
  const issues = missingInputs(workflow, request);
  if (issues.length > 0)
    throw new AppError('request.invalid', 'The request for a run does not fit the workflow.', {
      issues,
    });
}

const PARAMETER = /\{\{\s*parameters\.([a-z0-9_]+)/g;
const INDICATOR = /\{\{\s*indicator\./;
const ALERT = /\{\{\s*alert\./;

/** What the steps use and the request does not give. */
function missingInputs(
  workflow: WorkflowRecord,
  { indicator, alert_uuid: alertUuid, parameters }: ExecuteWorkflow,
): Issue[] {
  const texts = textsIn(workflow.definition);
  const uses = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  const names = texts.flatMap((text) => [...text.matchAll(PARAMETER)].map(([, name = '']) => name));
  const types = workflow.indicator_types;
  return [
    ...[...new Set(names)]
      .filter((name) => !Object.hasOwn(parameters, name))
      .map((name) => ({ pointer: `/parameters/${name}`, message: 'the steps use it' })),
    ...(indicator === undefined && uses(INDICATOR)
      ? [{ pointer: '/indicator', message: 'the steps use it' }]
      : []),
    ...(alertUuid === undefined && uses(ALERT)
      ? [{ pointer: '/alert_uuid', message: 'the steps use it' }]
      : []),
    ...(indicator !== undefined && types.length > 0 && !types.includes(indicator.type)
      ? [{ pointer: '/indicator/type', message: `the workflow acts on ${types.join(', ')}` }]
      : []),
  ];
}
