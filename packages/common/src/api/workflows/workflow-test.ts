import { z } from 'zod';
import { jsonSchema } from '../../core/json-schema.js';
import { uuidSchema } from '../../core/ids.js';
import { runIndicatorSchema, runOutcomeSchema, runParametersSchema } from './workflow-run.js';

/** Answers that one test may bring: more than a workflow has steps, with the request for a token. */
const MAX_RECORDED_EXCHANGES = 20;

const methodSchema = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const answer = {
  status: z.int().min(100).max(599),
  headers: z.record(z.string(), z.string()).optional(),
  body: jsonSchema.optional(),
};
const stepName = z.string().max(63).optional().describe('The step that it answers');

/** An answer, or a whole exchange as it was recorded. */
const recordedExchangeSchema = z.union([
  z.strictObject({ step: stepName, method: methodSchema.optional(), ...answer }),
  z.strictObject({
    step: stepName,
    request: z.looseObject({ method: methodSchema.optional() }).optional(),
    response: z.strictObject(answer),
  }),
]);

/** What a workflow is tried with. */
export const testWorkflowSchema = z
  .strictObject({
    indicator: runIndicatorSchema.optional(),
    parameters: runParametersSchema.default({}),
    reason: z.string().trim().min(1).max(2_000).default('A test'),
    recorded: z
      .array(recordedExchangeSchema)
      .max(MAX_RECORDED_EXCHANGES)
      .optional()
      .describe(
        'Answers of its steps: by the name of the step, else in order. Steps that only read may be left out. Without ' +
          'it, the requests are shown. Nothing is ever sent.',
      ),
  })
  .meta({ id: 'TestWorkflow' });
export type TestWorkflow = z.infer<typeof testWorkflowSchema>;

export const workflowTestRequestSchema = testWorkflowSchema.extend({ workflow_uuid: uuidSchema });
export type WorkflowTestRequest = z.infer<typeof workflowTestRequestSchema>;

const shownStepSchema = z.object({
  name: z.string(),
  outcome: z.string().optional(),
  message: z.string().optional(),
  request: z
    .object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string().optional(),
    })
    .optional(),
  response: z
    .object({
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      is_cut: z.boolean().optional(),
    })
    .optional(),
});

/** What came of it; secrets are named, not shown. */
export const testedWorkflowSchema = z
  .object({
    status: z.enum(['planned', 'succeeded', 'failed', 'uncertain']),
    outcome: runOutcomeSchema.optional(),
    summary: z.string(),
    is_retryable: z.boolean().describe('Whether the same run may succeed later'),
    wait_hint_seconds: z.number().optional(),
    steps: z.array(shownStepSchema),
  })
  .meta({ id: 'TestedWorkflow' });
export type TestedWorkflow = z.infer<typeof testedWorkflowSchema>;
