import { z } from 'zod';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { uuidSchema } from '../../core/ids.js';
import { timestampSchema } from '../http/fields.js';
import { integerParameter } from '../http/integer-parameter.js';
import { listParameter, pageQuerySchema } from '../http/pagination.js';
import { APPROVAL_STATUSES } from './workflow-run.js';
import { RISK_LEVELS } from './workflow.js';

/** Longest wait for an approval to appear, in seconds. */
export const MAX_APPROVAL_WAIT_SECONDS = 30;
const MAX_REASON_CHARACTERS = 2_000;

export const APPROVAL_CHANNELS = ['webhook', 'slack'] as const;
export type ApprovalChannel = (typeof APPROVAL_CHANNELS)[number];

/** How a decision came: by the API with a key, by a one-time link, by a click in Slack. */
export const DECISION_WAYS = ['key', 'link', 'slack'] as const;
export type DecisionWay = (typeof DECISION_WAYS)[number];

export const decisionReasonSchema = z.string().trim().min(1).max(MAX_REASON_CHARACTERS);

export const decideApprovalSchema = z
  .strictObject({ reason: decisionReasonSchema.describe('Why; it stands in the run for ever') })
  .meta({ id: 'DecideWorkflowApproval' });
export type DecideApproval = z.infer<typeof decideApprovalSchema>;

export const approvalFilterSchema = z.object({
  status: listParameter(z.enum(APPROVAL_STATUSES))
    .optional()
    .describe('Several: repeated, or separated by commas'),
  workflow_uuid: uuidSchema.optional(),
  run_uuid: uuidSchema.optional(),
  alert_uuid: uuidSchema.optional(),
  requested_by: z.string().min(1).max(200).optional().describe('Principal that asked'),
  risk_level: listParameter(z.enum(RISK_LEVELS)).optional(),
});
export type ApprovalFilter = z.infer<typeof approvalFilterSchema>;

export const approvalQuerySchema = pageQuerySchema.extend({
  ...approvalFilterSchema.shape,
  wait_seconds: integerParameter(0, MAX_APPROVAL_WAIT_SECONDS)
    .default(0)
    .describe('Waits so long for an approval that matches, if there is none'),
});
export type ApprovalQuery = z.infer<typeof approvalQuerySchema>;

const noticeSchema = z.object({
  approver: z.string().describe('Principal'),
  channel: z.enum(APPROVAL_CHANNELS),
  status: z.enum(['pending', 'delivered', 'dead']),
  attempt_count: z.int(),
  last_error: z.string().optional(),
});

export const approvalSchema = z
  .object({
    uuid: uuidSchema,
    status: z.enum(APPROVAL_STATUSES),
    question: z
      .string()
      .describe('What is asked, made from the parameters: none of it is in the words of the asker'),
    run_uuid: uuidSchema,
    workflow_uuid: uuidSchema,
    workflow_name: z.string(),
    workflow_version: z.int().describe('The version that the decision is bound to'),
    risk_level: z.enum(RISK_LEVELS),
    alert_uuid: uuidSchema.optional(),
    indicator: z.object({ type: indicatorTypeSchema, value: z.string() }).optional(),
    parameters: z.record(z.string(), z.unknown()),
    parameters_hash: z.string().describe('SHA-256 of what the decision is bound to'),
    requested_by: z.object({
      principal: z.string(),
      name: z.string(),
      key_type: z.enum(['human', 'agent']),
    }),
    requested_reason: z
      .string()
      .describe(
        'The words of whoever asked. Untrusted: an attacker may have talked an agent into them',
      ),
    confidence: z.number().optional().describe('As whoever asked says; untrusted too'),
    decided_by: z.string().optional().describe('Principal'),
    decided_via: z.enum(DECISION_WAYS).optional(),
    reason: z.string().optional().describe('Of the decision'),
    notices: z.array(noticeSchema).describe('Who was told, and whether it arrived'),
    created_at: timestampSchema,
    expires_at: timestampSchema,
    decided_at: timestampSchema.optional(),
  })
  .meta({ id: 'WorkflowApproval' });
export type ApprovalResource = z.infer<typeof approvalSchema>;
