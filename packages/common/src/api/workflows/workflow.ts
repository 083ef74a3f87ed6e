import { z } from 'zod';
import { indicatorTypeSchema } from '../../alert/indicator-type.js';
import { markdownSchema, nameSchema } from '../http/fields.js';

export const APPROVAL_MODES = ['always', 'agent_only', 'never'] as const;
export type ApprovalMode = (typeof APPROVAL_MODES)[number];

/** From the least to the greatest. */
export const RISK_LEVELS = ['low', 'medium', 'high', 'critical'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

const MAX_APPROVERS = 50;

/** The settings of a workflow besides its steps. */
export const workflowSettings = {
  name: nameSchema,
  documentation: markdownSchema.describe('What it does, for the agent that may choose it'),
  approval_mode: z
    .enum(APPROVAL_MODES)
    .describe(
      'Whether a person approves each run: always, only those that an agent asks for, never',
    ),
  risk_level: z.enum(RISK_LEVELS),
  indicator_types: z
    .array(indicatorTypeSchema)
    .max(8)
    .describe('Shown with alerts that have one of these; empty: with every alert'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .nullable()
    .describe('Steps whose `url` begins with `/` are below it: `https://acme.okta.com`'),
  approvers: z
    .array(z.string().min(1).max(200))
    .max(MAX_APPROVERS)
    .describe('Principals that are asked; empty: every approver'),
};

export type WorkflowSettings = {
  [K in keyof typeof workflowSettings]: z.infer<(typeof workflowSettings)[K]>;
};
