import { type OperationExamples } from '@calseta/platform';
import { AGENT_EXAMPLES } from './agents.js';
import { ALERT_EXAMPLES } from './alerts.js';
import { APPROVAL_EXAMPLES } from './approvals.js';
import { AUDIT_EXAMPLES } from './audit.js';
import { CONFIGURATION_EXAMPLES } from './configuration.js';
import { KEY_EXAMPLES } from './keys.js';
import { METRICS_EXAMPLES } from './metrics.js';
import { CONTEXT_EXAMPLES } from './push.js';
import { PROVIDER_EXAMPLES } from './providers.js';
import { WORKFLOW_EXAMPLES } from './workflows.js';

/** Examples of every operation of this service, by operation id. Values are invented. */
export const EXAMPLES: Readonly<Record<string, OperationExamples>> = {
  ...ALERT_EXAMPLES,
  ...CONTEXT_EXAMPLES,
  ...AGENT_EXAMPLES,
  ...CONFIGURATION_EXAMPLES,
  ...KEY_EXAMPLES,
  ...METRICS_EXAMPLES,
  ...APPROVAL_EXAMPLES,
  ...AUDIT_EXAMPLES,
  ...PROVIDER_EXAMPLES,
  ...WORKFLOW_EXAMPLES,
};
