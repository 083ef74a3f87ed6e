import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { personSchema } from '../access/api-key.js';
import { nameSchema, timestampSchema } from '../http/fields.js';

const MAX_URL_CHARACTERS = 2_048;

const webhookUrlSchema = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL_CHARACTERS)
  .describe(
    'Is told of each request, signed as pushes are; a secret, of which the origin is shown',
  );

const slackWebhookUrlSchema = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL_CHARACTERS)
  .describe('Gets a message in the form of Slack; a secret, of which the origin is shown');

const slackUserIdSchema = z
  .string()
  .regex(/^[UW][A-Z0-9]{1,30}$/, 'the id of a member, such as U012AB3CD')
  .describe('Whose clicks in Slack count as those of this approver');

export const createApproverSchema = z
  .strictObject({
    principal: personSchema.describe('The person, as `principal` of their keys'),
    name: nameSchema,
    webhook_url: webhookUrlSchema.optional(),
    slack_webhook_url: slackWebhookUrlSchema.optional(),
    slack_user_id: slackUserIdSchema.optional(),
  })
  .meta({ id: 'CreateApprover' });
export type CreateApprover = z.infer<typeof createApproverSchema>;

export const updateApproverSchema = z
  .strictObject({
    name: nameSchema,
    webhook_url: webhookUrlSchema.nullable(),
    slack_webhook_url: slackWebhookUrlSchema.nullable(),
    slack_user_id: slackUserIdSchema.nullable(),
  })
  .partial()
  .meta({ id: 'UpdateApprover' });
export type UpdateApprover = z.infer<typeof updateApproverSchema>;

export const approverSchema = z
  .object({
    uuid: uuidSchema,
    principal: z.string(),
    name: z.string(),
    webhook_origin: z.string().optional().describe('Scheme, host and port of `webhook_url`'),
    slack_webhook_origin: z.string().optional(),
    slack_user_id: z.string().optional(),
    set_by: z
      .string()
      .describe(
        'Principal that said last where the approver is told; what it asks for itself cannot be decided by link or in Slack',
      ),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Approver' });
export type ApproverResource = z.infer<typeof approverSchema>;

export const createdApproverSchema = approverSchema
  .extend({
    signing_secret: z.string().describe('`whsec_…`: verifies messages to the webhook; shown once'),
  })
  .meta({ id: 'CreatedApprover' });

export const changedApproverSchema = approverSchema
  .extend({
    signing_secret: z
      .string()
      .optional()
      .describe('A new one, shown once, where the webhook moved to another origin'),
  })
  .meta({ id: 'ChangedApprover' });
