import { ruleSchema, timestampSchema, uuidSchema, workflowSettings } from '@calseta/common';
import { z } from 'zod';
import {
  authSchema,
  checkBody,
  checkNames,
  isBodiless,
  MAX_STEPS,
  stepShape,
} from '../steps/step-schema.js';

/** Longest time that a changed state may need to be read back, seconds. */
const MAX_EXPECT_SECONDS = 60;

/**
 * A step of a workflow. Its own rules decide before those that it shares with steps of providers, in the order
 * not_applicable, done, and then `exactly_one` and `expect` for what was found.
 */
export const workflowStepSchema = z
  .strictObject({
    ...stepShape,
    may_repeat: z
      .boolean()
      .optional()
      .describe(
        'Whether it may be sent again when nobody knows what came of it. Default: GET and HEAD may, others may not',
      ),
    skip_if: ruleSchema
      .optional()
      .describe('Over `steps.<name>.body.…`, `parameters.…` and `indicator.…`: it is not sent'),
    done: ruleSchema
      .optional()
      .describe('A refusal that says that the state is already what it should be'),
    not_applicable: ruleSchema
      .optional()
      .describe('A refusal that says that the subject is in another state than the action needs'),
    exactly_one: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe(
        'Path of a list in the answer, `body.resources`: another number than one stops the run',
      ),
    expect: ruleSchema
      .optional()
      .describe('What the answer has to show: the changed state, read back'),
    expect_within_seconds: z
      .int()
      .min(0)
      .max(MAX_EXPECT_SECONDS)
      .optional()
      .describe('For how long a step that reads is repeated until `expect` is true. Default: 0'),
  })
  .superRefine(checkBody)
  .superRefine(({ method, expect_within_seconds: within }, context) => {
    if (within !== undefined && !isBodiless(method))
      context.addIssue({
        code: 'custom',
        path: ['expect_within_seconds'],
        message: 'only a step that reads is repeated',
      });
  });
export type WorkflowStep = z.infer<typeof workflowStepSchema>;

const definitionShape = {
  steps: z
    .array(workflowStepSchema)
    .max(MAX_STEPS)
    .superRefine(checkNames)
    .describe('In order; none: the workflow is documentation'),
  auth: authSchema.describe('Used by each step that has none of its own'),
  redact: z
    .array(z.string().min(1).max(100))
    .max(50)
    .describe('Further keys of answers whose values are never stored or shown'),
};

/** What a workflow does. */
export const workflowDefinitionSchema = z.strictObject({
  steps: definitionShape.steps,
  auth: definitionShape.auth.optional(),
  redact: definitionShape.redact.optional(),
});
export type WorkflowDefinition = z.infer<typeof workflowDefinitionSchema>;

const written = { ...workflowSettings, is_active: z.boolean(), ...definitionShape };

export const createWorkflowSchema = z
  .strictObject({
    ...written,
    documentation: written.documentation.default(''),
    approval_mode: written.approval_mode.default('always'),
    risk_level: written.risk_level.default('medium'),
    indicator_types: written.indicator_types.default([]),
    base_url: written.base_url.default(null),
    approvers: written.approvers.default([]),
    is_active: written.is_active.default(true),
    steps: written.steps.default([]),
    auth: written.auth.optional(),
    redact: written.redact.optional(),
  })
  .meta({ id: 'CreateWorkflow' });
export type CreateWorkflow = z.infer<typeof createWorkflowSchema>;

export const updateWorkflowSchema = z
  .strictObject({ ...written, auth: written.auth.nullable() })
  .partial()
  .meta({ id: 'UpdateWorkflow' });
export type UpdateWorkflow = z.infer<typeof updateWorkflowSchema>;

const shown = {
  ...workflowSettings,
  steps: z.array(z.record(z.string(), z.unknown())).describe('As they are written'),
  auth: z.record(z.string(), z.unknown()).optional(),
  redact: z.array(z.string()).optional(),
};

export const workflowSchema = z
  .object({
    uuid: uuidSchema,
    ...shown,
    is_active: z
      .boolean()
      .describe('Whether it is pushed and can be executed: switched on, and every secret granted'),
    missing_secrets: z
      .array(z.string())
      .describe('Secrets that its steps name, and that are not granted to it'),
    builtin_name: z.string().nullable().describe('Name in the catalogue that comes with Calseta'),
    version: z.int().describe('Grows with each change'),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Workflow' });
export type WorkflowResource = z.infer<typeof workflowSchema>;

export const workflowVersionSchema = z
  .object({
    ...shown,
    version: z.int(),
    created_by: z.string().nullable().describe('Principal'),
    created_at: timestampSchema,
  })
  .meta({ id: 'WorkflowVersion' });
export type WorkflowVersionResource = z.infer<typeof workflowVersionSchema>;
