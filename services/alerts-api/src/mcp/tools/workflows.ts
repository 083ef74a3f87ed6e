import {
  approvalFilterSchema,
  executeWorkflowSchema,
  integerParameter,
  isEnd,
  runStatusSchema,
  uuidSchema,
} from '@calseta/common';
import { z } from 'zod';
import { type Operations } from '../../operations/create-operations.js';
import { cutToFit, cutValue } from '../answers/cut-value.js';
import { defineTool, type Tool } from './define-tool.js';
import { describePage, fitList, howToGoOn, listAnswer, listArguments } from './list-arguments.js';

/** Longest wait of one call, in seconds. */
const MAX_WAIT_SECONDS = 30;

/** Acting on an alert. No tool decides approvals. */
export const workflowTools = ({ workflowRuns, approvals }: Operations): Tool[] => [
  executeWorkflow(workflowRuns),
  getWorkflowRun(workflowRuns),
  listPendingApprovals(approvals),
];

const WAIT = `Call get_workflow_run with wait_seconds = ${MAX_WAIT_SECONDS} until it has ended.`;
const WAIT_FOR_PERSON = `A person decides first; you cannot. ${WAIT}`;

const executeWorkflow = ({ execute }: Operations['workflowRuns']): Tool =>
  defineTool({
    name: 'execute_workflow',
    title: 'Ask for a run of a workflow',
    description:
      'Acts on other systems, for example blocks an account. The run is stored before the answer; where the workflow ' +
      'asks for it, a person approves first. dry_run = true shows the requests and sends none. search_workflows and ' +
      'get_alert_context list the workflows.',
    access: execute.access,
    isReadOnly: false,
    isDestructive: true,
    isOpenWorld: true,
    input: z.object({
      workflow_uuid: uuidSchema.describe('uuid of the workflow'),
      ...executeWorkflowSchema.shape,
    }),
    output: z.object({
      run_uuid: z.string().optional(),
      status: runStatusSchema.optional(),
      approval_uuid: z.string().optional().describe('What a person has to decide first'),
      plan: z.looseObject({}).optional().describe('With dry_run: what would be sent'),
      truncated: listAnswer.truncated.optional(),
      how_to_go_on: listAnswer.how_to_go_on,
    }),
    async run({ workflow_uuid: uuid, ...request }, { caller, loadBudgets }) {
      const executed = await execute.run({ uuid, request }, caller);
      if (executed.kind === 'accepted') {
        const { run } = executed;
        return { ...run, how_to_go_on: run.status === 'queued' ? WAIT : WAIT_FOR_PERSON };
      }
      const budget = (await loadBudgets())();
      const { value, isCut } = cutToFit(executed.plan, (json) => budget.fits(json));
      return { plan: value, truncated: isCut };
    },
  });

const getWorkflowRun = ({ get }: Operations['workflowRuns']): Tool =>
  defineTool({
    name: 'get_workflow_run',
    title: 'Read a run of a workflow, or wait for its end',
    description:
      'The status, what came of it, and each step with its request and answer, secrets named and not shown. uncertain: a ' +
      'step was sent and its answer is not known; a person decides.',
    access: get.access,
    isReadOnly: true,
    input: z.object({
      run_uuid: uuidSchema.describe('run_uuid of execute_workflow'),
      wait_seconds: integerParameter(0, MAX_WAIT_SECONDS)
        .default(0)
        .describe('Waits for so long until the run has ended'),
    }),
    output: z.object({
      run: z.looseObject({ uuid: z.string(), status: runStatusSchema }),
      truncated: listAnswer.truncated,
      how_to_go_on: listAnswer.how_to_go_on,
      untrusted_paths: listAnswer.untrusted_paths,
    }),
    async run({ run_uuid: uuid, wait_seconds }, { caller, loadBudgets }) {
      const run = await get.run({ uuid, wait_seconds }, caller);
      const budget = (await loadBudgets())();
      const { value, isCut } = cutToFit(run, (json) => budget.fits(json));
      return {
        run: value,
        truncated: isCut,
        ...howToGoOn([!isEnd(run.status) && WAIT]),
        untrusted_paths: UNTRUSTED.flatMap((part) =>
          value[part] === undefined ? [] : [`/run/${part}`],
        ),
      };
    },
  });

/** Parts of a run that repeat words of whoever asked, or of the vendor. */
const UNTRUSTED = ['reason', 'parameters', 'indicator', 'steps', 'summary'] as const;

const listPendingApprovals = ({ list }: Operations['approvals']): Tool =>
  defineTool({
    name: 'list_pending_approvals',
    title: 'List what waits for the decision of a person',
    description:
      'Runs of workflows that a person must approve or reject before they begin, newest first, with what is asked and ' +
      'until when. No tool decides them.',
    access: list.access,
    isReadOnly: true,
    isQuery: true,
    input: z.object({ ...approvalFilterSchema.omit({ status: true }).shape, ...listArguments }),
    output: z.object({
      approvals: z.array(
        z.looseObject({ uuid: z.string(), run_uuid: z.string(), question: z.string() }),
      ),
      ...listAnswer,
    }),
    async run({ detail, ...args }, context) {
      const { cursor, page_size: size, ...filter } = args;
      const page = await fitList({ cursor, page_size: size }, context, {
        read: async (query) =>
          await list.run(
            { ...filter, ...query, status: ['pending'], wait_seconds: 0 },
            context.caller,
          ),
        show: (approval) => {
          if (detail === 'full') return approval;
          const { uuid, run_uuid, question, workflow_name, risk_level, expires_at } = approval;
          const { requested_by, requested_reason } = approval;
          return {
            ...cutValue({ question, workflow_name, requested_by, requested_reason }, BRIEF).value,
            ...{ uuid, run_uuid, risk_level, expires_at },
          };
        },
      });
      return {
        approvals: page.entries,
        ...describePage(page, ['/approvals'], 'get_workflow_run has all of one run.'),
      };
    },
  });

const BRIEF = { characters: 400, items: 5 };
