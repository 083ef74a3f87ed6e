import { z } from 'zod';
import { uuidSchema } from '../ids.js';
import { indicatorTypeSchema } from '../alert/indicator-type.js';
import { markdownSchema, nameSchema, timestampSchema } from './http/fields.js';

const workflowFields = {
  name: nameSchema,
  documentation: markdownSchema.describe('What it does, for the agent that may choose it'),
  approval_mode: z.enum(['always', 'agent_only', 'never']),
  risk_level: z.enum(['low', 'medium', 'high', 'critical']),
  indicator_types: z
    .array(indicatorTypeSchema)
    .max(8)
    .describe('Shown with alerts that have one of these; empty: with every alert'),
  is_active: z.boolean(),
};

export const createWorkflowSchema = z
  .strictObject({
    ...workflowFields,
    documentation: workflowFields.documentation.default(''),
    approval_mode: workflowFields.approval_mode.default('always'),
    risk_level: workflowFields.risk_level.default('medium'),
    indicator_types: workflowFields.indicator_types.default([]),
    is_active: workflowFields.is_active.default(true),
  })
  .meta({ id: 'CreateWorkflow' });
export type CreateWorkflow = z.infer<typeof createWorkflowSchema>;

export const updateWorkflowSchema = z
  .strictObject(workflowFields)
  .partial()
  .meta({ id: 'UpdateWorkflow' });
export type UpdateWorkflow = z.infer<typeof updateWorkflowSchema>;

export const workflowSchema = z
  .object({
    uuid: uuidSchema,
    ...workflowFields,
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Workflow' });
export type WorkflowResource = z.infer<typeof workflowSchema>;
