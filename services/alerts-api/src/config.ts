import { RULE_IMPORT } from '@calseta/common';
import { databaseConfig } from '@calseta/database';
import { rabbitmqConfig } from '@calseta/messaging';
import {
  deliveryConfig,
  egressConfig,
  encryptionConfig,
  milliseconds,
  ownDomainsConfig,
  secretText,
  type Config,
} from '@calseta/platform';
import { z } from 'zod';
import { mcpConfig } from './mcp/allowed-hosts.js';
import { streamConfig } from './stream/stream-config.js';

const days = () => z.coerce.number().int().min(1).max(36_500);

/** Variables that only alerts-api reads. */
export const alertsApiConfig = {
  ...encryptionConfig,
  ...egressConfig,
  ...ownDomainsConfig,
  ...deliveryConfig,
  ...mcpConfig,
  ...streamConfig,
  API_MAX_BODY_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(RULE_IMPORT.maxBytes)
    .max(17_179_869_184)
    .default(67_108_864)
    .describe('Memory for request bodies in work, bytes; beyond, clients get 503.'),
  CALSETA_BOOTSTRAP_API_KEY: secretText(32)
    .optional()
    .describe(
      'Admin key of the first start: any `cai_…` string of at least 32 characters. Without it one is made and printed once.',
    ),
  RETENTION_DAYS: days()
    .optional()
    .describe(
      'Days after its closing when an alert is deleted, with its indicators, findings, deliveries and activity. Alerts that are not closed stay; without it all do.',
    ),
  WORKFLOW_APPROVAL_TTL_MS: milliseconds(60_000, 30 * 86_400_000)
    .default(86_400_000)
    .describe('Time that a run of a workflow waits for its approval before it expires, ms.'),
  WORKFLOW_STEPS_KEPT_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_650)
    .default(90)
    .describe(
      'Days that the requests and answers of a run are kept after its end. The run itself stays.',
    ),
  AUDIT_RETENTION_DAYS: days()
    .optional()
    .describe(
      'Days after which entries of the audit log are deleted, oldest first; what is kept can still be verified. Without it they are kept for ever.',
    ),
  AUDIT_TEXT_RETENTION_DAYS: days()
    .optional()
    .describe(
      'Days after which `before` and `after` of entries of the audit log are emptied; who, what and when stay. Without it they are kept as long as the entries.',
    ),
  CALSETA_SLACK_SIGNING_SECRET: secretText(16)
    .optional()
    .describe(
      'Signing secret of a Slack app, by which clicks in Slack decide about runs. Without it `/v1/workflow-approvals/callbacks/slack` does not exist.',
    ),
} as const;
export type AlertsApiConfig = Config<typeof alertsApiConfig>;

/** Variables that alerts-api also needs when it runs in its own process. */
export const alertsApiProcessConfig = {
  ...alertsApiConfig,
  ...databaseConfig,
  ...rabbitmqConfig,
} as const;
