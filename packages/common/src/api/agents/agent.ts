import { z } from 'zod';
import { agentHealthSchema } from './agent-health.js';
import { agentHeadersSchema } from './agent-headers.js';
import { agentModeSchema } from './agent-mode.js';
import { agentTlsSchema, shownAgentTlsSchema } from './agent-tls.js';
import { ATTEMPT_OUTCOMES } from './delivery.js';
import {
  DEFAULT_PAYLOAD,
  payloadModeSchema,
  PUSH_BYTES,
  PUSH_TOKENS,
} from '../../context/payload-settings.js';
import { TEST_ALERT_HOURS } from '../../alert/test-source.js';
import { AGENT_EVENTS, ALERT_ENRICHED } from '../../events/operator-event.js';
import { uuidSchema } from '../../core/ids.js';
import { alertRuleSchema } from '../../rules/alert-rule.js';
import { triggerFilterSchema } from '../../rules/trigger-filter.js';
import { markdownSchema, nameSchema, timestampSchema } from '../http/fields.js';

export const AGENT_TIMEOUT_SECONDS = { min: 1, default: 10, max: 60 } as const;
export const AGENT_CONCURRENCY = { min: 1, default: 4, max: 100 } as const;
const MAX_AUTH_HEADER_CHARACTERS = 4096;

const webhookUrlSchema = z.url({ protocol: /^https?$/ }).max(2048);

/** Value of the `Authorization` header. Only printable characters, so that it cannot break the header. */
const authHeaderSchema = z
  .string()
  .min(1)
  .max(MAX_AUTH_HEADER_CHARACTERS)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII characters only');

const matchSchema = alertRuleSchema.describe(
  'A rule that an alert has to match besides `trigger_filter`',
);

const agentFields = {
  name: nameSchema,
  documentation: markdownSchema,
  webhook_url: webhookUrlSchema,
  trigger_filter: triggerFilterSchema,
  timeout_seconds: z.int().min(AGENT_TIMEOUT_SECONDS.min).max(AGENT_TIMEOUT_SECONDS.max),
  max_concurrency: z
    .int()
    .min(AGENT_CONCURRENCY.min)
    .max(AGENT_CONCURRENCY.max)
    .describe('Pushes under way at once, from each dispatcher'),
  is_active: z.boolean(),
  receive_updates: z
    .boolean()
    .describe(
      'false: an alert that was pushed is not pushed again when its source updates it; one that an update makes match is',
    ),
  events: z
    .array(z.enum(AGENT_EVENTS))
    .min(1)
    .max(AGENT_EVENTS.length)
    .describe(
      'What it is pushed. Without `alert.enriched` it gets no alerts; `trigger_filter` and `match` are about alerts alone',
    ),
  receive_quarantined: z
    .boolean()
    .describe('Pushes `alert.quarantined` too, whatever `events` holds'),
  mode: agentModeSchema.describe(
    'shadow: it sees what it would see, its findings are kept apart, and its keys can change nothing',
  ),
  payload_mode: payloadModeSchema.describe(
    'full: everything; budgeted: the most valuable within `max_tokens`; thin: what happened, and where to read the rest',
  ),
  max_tokens: z
    .int()
    .min(PUSH_TOKENS.min)
    .max(PUSH_TOKENS.max)
    .describe('Bound of a budgeted push, in tokens (o200k)'),
  max_bytes: z
    .int()
    .min(PUSH_BYTES.min)
    .max(PUSH_BYTES.max)
    .describe('Bound of every push; what does not fit stands in `_metadata.omitted`'),
};
const expiresAtSchema = z.iso
  .datetime({ offset: true })
  .describe('When the agent removes itself, with its keys and deliveries');

export const createAgentSchema = z
  .strictObject({
    ...agentFields,
    webhook_url: webhookUrlSchema.optional().describe('Left out: the agent pulls, by `…/lease`'),
    documentation: agentFields.documentation.default(''),
    auth_header: authHeaderSchema.optional().describe('Value of `Authorization` in every push'),
    headers: agentHeadersSchema.default({}),
    tls: agentTlsSchema.optional(),
    expires_at: expiresAtSchema.optional(),
    trigger_filter: agentFields.trigger_filter.default({}),
    match: matchSchema.optional(),
    timeout_seconds: agentFields.timeout_seconds.default(AGENT_TIMEOUT_SECONDS.default),
    max_concurrency: agentFields.max_concurrency.default(AGENT_CONCURRENCY.default),
    is_active: agentFields.is_active.default(true),
    receive_updates: agentFields.receive_updates.default(true),
    events: agentFields.events.default([ALERT_ENRICHED]),
    receive_quarantined: agentFields.receive_quarantined.default(false),
    mode: agentFields.mode.default('active'),
    payload_mode: agentFields.payload_mode.default(DEFAULT_PAYLOAD.mode),
    max_tokens: agentFields.max_tokens.default(DEFAULT_PAYLOAD.maxTokens),
    max_bytes: agentFields.max_bytes.default(DEFAULT_PAYLOAD.maxBytes),
  })
  .meta({ id: 'CreateAgent' });
export type CreateAgent = z.infer<typeof createAgentSchema>;

export const updateAgentSchema = z
  .strictObject({
    ...agentFields,
    webhook_url: webhookUrlSchema
      .nullable()
      .describe(
        'A change of scheme, host or port needs `auth_header`, `headers` and `tls` with its key in the same request, if ' +
          'the agent has them, and makes a new signing secret. null: the agent pulls',
      ),
    auth_header: authHeaderSchema.nullable().describe('null: send no `Authorization`'),
    headers: agentHeadersSchema.describe('Replaces all of them; {}: none'),
    tls: agentTlsSchema
      .nullable()
      .describe('Replaces all of it; null: the usual trust, no client certificate'),
    expires_at: expiresAtSchema.nullable().describe('null: it stays'),
    match: matchSchema.nullable().describe('null: the trigger filter alone decides'),
  })
  .partial()
  .meta({ id: 'UpdateAgent' });
export type UpdateAgent = z.infer<typeof updateAgentSchema>;

export const agentSchema = z
  .object({
    uuid: uuidSchema,
    ...agentFields,
    webhook_url: webhookUrlSchema.optional().describe('Absent: the agent pulls'),
    match: matchSchema.optional(),
    has_auth_header: z.boolean(),
    header_names: z.array(z.string()).describe('Names of its further `headers`'),
    tls: shownAgentTlsSchema.optional(),
    previous_secret_expires_at: timestampSchema
      .optional()
      .describe('Until when pushes are signed with the secret before the last rotation as well'),
    expires_at: timestampSchema.optional(),
    disabled_reason: z.string().optional().describe('Why Calseta stopped pushing to it'),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Agent' });
export type AgentResource = z.infer<typeof agentSchema>;

export const agentDetailSchema = agentSchema
  .extend({ health: agentHealthSchema })
  .meta({ id: 'AgentDetail' });

export const createdAgentSchema = agentSchema
  .extend({
    signing_secret: z.string().describe('`whsec_…`: verifies the signatures of pushes; shown once'),
  })
  .meta({ id: 'CreatedAgent' });

export const changedAgentSchema = agentSchema
  .extend({
    signing_secret: z
      .string()
      .optional()
      .describe('Present when the change made a new one; shown once'),
  })
  .meta({ id: 'ChangedAgent' });

export const MAX_SECRET_OVERLAP_SECONDS = 604_800;
const DEFAULT_SECRET_OVERLAP_SECONDS = 86_400;

export const rotateSecretSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(MAX_SECRET_OVERLAP_SECONDS)
      .default(DEFAULT_SECRET_OVERLAP_SECONDS)
      .describe('How long pushes carry a signature of the old secret besides that of the new one'),
  })
  .meta({ id: 'RotateSecret' });
export type RotateSecret = z.infer<typeof rotateSecretSchema>;

export const agentTestResultSchema = z
  .object({
    outcome: z.enum(ATTEMPT_OUTCOMES),
    status_code: z.int().optional(),
    duration_ms: z.int(),
    error: z.string().optional(),
    webhook_id: z.string(),
    alert_uuid: uuidSchema.describe(
      `The alert that was pushed: it takes findings and a status, is in no list, and is deleted after ${TEST_ALERT_HOURS} hours`,
    ),
  })
  .meta({ id: 'AgentTestResult' });
