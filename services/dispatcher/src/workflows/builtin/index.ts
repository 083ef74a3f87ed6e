import { type BuiltinWorkflowRow } from '@calseta/database';
import { needsBase, secretsOf } from '@calseta/http-steps';
import { type BuiltinWorkflow } from './builtin-workflow.js';
import { crowdstrikeContain, crowdstrikeLift } from './crowdstrike.js';
import {
  entraDisable,
  entraEnable,
  entraForcePasswordChange,
  entraRevokeSessions,
} from './entra.js';
import { genericHttp, slackMessage, ticketWebhook } from './messages.js';
import {
  oktaExpirePassword,
  oktaResetFactors,
  oktaRevokeSessions,
  oktaSuspend,
  oktaUnlock,
  oktaUnsuspend,
} from './okta.js';

/** The workflows that come with Calseta. */
export const BUILTIN_WORKFLOWS: readonly BuiltinWorkflow[] = [
  oktaRevokeSessions,
  oktaSuspend,
  oktaUnsuspend,
  oktaUnlock,
  oktaExpirePassword,
  oktaResetFactors,
  entraRevokeSessions,
  entraDisable,
  entraEnable,
  entraForcePasswordChange,
  crowdstrikeContain,
  crowdstrikeLift,
  genericHttp,
  slackMessage,
  ticketWebhook,
];

/** Their rows when they are written first: every run of them is approved until an operator says otherwise. */
export const builtinWorkflowRows = (): BuiltinWorkflowRow[] =>
  BUILTIN_WORKFLOWS.map((workflow) => ({
    ...workflow,
    approval_mode: 'always',
    base_url: null,
    approvers: [],
    is_active: true,
    secret_names: secretsOf(workflow.definition),
    needs_base_url: needsBase(workflow.definition),
  }));
