import { createHash } from 'node:crypto';
import { z } from 'zod';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';

/** `uncertain`: a step was sent and nobody knows what came of it; a person decides. */
export const RUN_STATUSES = [
  'queued',
  'awaiting_approval',
  'running',
  'succeeded',
  'failed',
  'rejected',
  'expired',
  'uncertain',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export const runStatusSchema = z.enum(RUN_STATUSES);

const ENDS: ReadonlySet<RunStatus> = new Set<RunStatus>([
  'succeeded',
  'failed',
  'rejected',
  'expired',
  'uncertain',
]);

/** Whether nothing more happens to the run by itself. */
export const isEnd = (status: RunStatus): boolean => ENDS.has(status);

export const APPROVAL_STATUSES = ['pending', 'approved', 'rejected', 'expired'] as const;

/**
 * How a run ended, or a step: `done` · `not_applicable` the subject is in another state than the action needs ·
 * `not_found` the vendor does not know it · `ambiguous` several are meant · `refused` the vendor does not allow it ·
 * `not_confirmed` it was accepted, and reading it back shows something else · `quota`, `failed`, `unreachable` in
 * other cases · `uncertain` sent, without an answer.
 */
export const RUN_OUTCOMES = [
  'done',
  'not_applicable',
  'not_found',
  'ambiguous',
  'refused',
  'not_confirmed',
  'quota',
  'failed',
  'unreachable',
  'uncertain',
] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];
export const runOutcomeSchema = z.enum(RUN_OUTCOMES);

const MAX_REASON_CHARACTERS = 2_000;
const MAX_PARAMETERS = 50;
const MAX_PARAMETER_CHARACTERS = 2_000;

export const runParametersSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and `_`'),
    z.union([z.string().max(MAX_PARAMETER_CHARACTERS), z.number(), z.boolean()]),
  )
  .refine((given) => Object.keys(given).length <= MAX_PARAMETERS, {
    message: `at most ${MAX_PARAMETERS} parameters`,
  })
  .describe('Steps use them as `{{ parameters.<name> }}`');
export type RunParameters = z.infer<typeof runParametersSchema>;

export const runIndicatorSchema = z.strictObject({
  type: indicatorTypeSchema,
  value: z.string().trim().min(1).max(2_048),
});
export type RunIndicator = z.infer<typeof runIndicatorSchema>;

export const executeWorkflowSchema = z
  .strictObject({
    indicator: runIndicatorSchema.optional().describe('What it acts on'),
    alert_uuid: uuidSchema
      .optional()
      .describe('The run is written into the activity of this alert'),
    parameters: runParametersSchema.default({}),
    reason: z.string().trim().min(1).max(MAX_REASON_CHARACTERS).describe('Why, for people'),
    confidence: z.number().min(0).max(1).optional(),
    dry_run: z
      .boolean()
      .default(false)
      .describe('Answers with the requests that would be sent; nothing is stored or sent'),
  })
  .meta({ id: 'ExecuteWorkflow' });
export type ExecuteWorkflow = z.infer<typeof executeWorkflowSchema>;

/** What an approval is bound to, with the version of the workflow. */
export type BoundRequest = {
  workflowId: string;
  workflowVersion: number;
  alertId: string | null;
  indicator: RunIndicator | null;
  parameters: RunParameters;
};

/** SHA-256 over everything that decides what a run does. */
export function hashOfRequest(request: BoundRequest): string {
  const { workflowId, workflowVersion, alertId, indicator, parameters } = request;
  const sorted = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bound = [
    workflowId,
    workflowVersion,
    alertId,
    indicator && [indicator.type, indicator.value],
    sorted,
  ];
  return createHash('sha256').update(JSON.stringify(bound)).digest('hex');
}

const shownRequestSchema = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
});

const shownResponseSchema = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  is_cut: z.boolean().optional().describe('Whether the body is longer than what is shown'),
});

/** One step for people to read: secrets are named, not shown. */
export const runStepSchema = z
  .object({
    number: z.int(),
    name: z.string(),
    idempotency_key: uuidSchema,
    attempt_count: z.int(),
    may_repeat: z.boolean(),
    request: shownRequestSchema,
    sent_at: timestampSchema,
    answered_at: timestampSchema.optional(),
    outcome: z.string().optional().describe('Left out while it is under way'),
    message: z.string().optional(),
    response: shownResponseSchema.optional(),
  })
  .meta({ id: 'WorkflowRunStep' });
export type RunStepResource = z.infer<typeof runStepSchema>;

export const runSummarySchema = z
  .object({
    uuid: uuidSchema,
    workflow_uuid: uuidSchema,
    workflow_name: z.string(),
    workflow_version: z.int(),
    status: runStatusSchema,
    outcome: runOutcomeSchema.optional(),
    summary: z.string().optional().describe('What came of it, in words'),
    alert_uuid: uuidSchema.optional(),
    indicator: z.object({ type: indicatorTypeSchema, value: z.string() }).optional(),
    parameters: z.record(z.string(), z.unknown()),
    reason: z.string().describe('The words of whoever asked; untrusted when that is an agent'),
    confidence: z.number().optional(),
    requested_by: z.object({
      principal: z.string(),
      key_id: z.string(),
      name: z.string(),
      key_type: z.enum(['human', 'agent']),
    }),
    approval_uuid: uuidSchema.optional(),
    approval_status: z.enum(APPROVAL_STATUSES).optional(),
    created_at: timestampSchema,
    started_at: timestampSchema.optional(),
    finished_at: timestampSchema.optional(),
    steps_deleted_at: timestampSchema
      .optional()
      .describe('When its steps were deleted because of their age'),
  })
  .meta({ id: 'WorkflowRunSummary' });
export type RunSummaryResource = z.infer<typeof runSummarySchema>;

export const runSchema = runSummarySchema
  .extend({ steps: z.array(runStepSchema) })
  .meta({ id: 'WorkflowRun' });
export type RunResource = z.infer<typeof runSchema>;

export const acceptedRunSchema = z
  .object({
    run_uuid: uuidSchema,
    status: z.enum(['queued', 'awaiting_approval']),
    approval_uuid: uuidSchema.optional(),
  })
  .meta({ id: 'AcceptedWorkflowRun' });
export type AcceptedRun = z.infer<typeof acceptedRunSchema>;
