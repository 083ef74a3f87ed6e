import { type ApprovalResource, type ApproverResource } from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, MADE, NOTHING, takes, UUIDS } from './shape.js';

const APPROVER: ApproverResource = {
  uuid: UUIDS.approver,
  principal: 'dora',
  name: 'Dora, on call',
  webhook_origin: 'https://oncall.example',
  slack_user_id: 'U012AB3CD',
  set_by: 'k3yIdOf16Letters',
  ...MADE,
};
const SIGNING_SECRET = 'whsec_c2hvd24gb25jZSwga2VlcCBpdCBzYWZl';

const CREATE = {
  principal: APPROVER.principal,
  name: APPROVER.name,
  webhook_url: 'https://oncall.example/hooks/4f1d',
  slack_user_id: APPROVER.slack_user_id,
};

const APPROVAL: ApprovalResource = {
  uuid: UUIDS.approval,
  status: 'pending',
  question:
    'Run the workflow: "Suspend a user in Okta" (version 3, risk high)\n' +
    'On: account "alice@example.com"\n' +
    `For the alert: ${UUIDS.alert}\n` +
    `Asked by: the agent "My Investigation Agent" (agent:${UUIDS.agent})\n` +
    'Decide before: 2025-01-15T11:30:05Z',
  run_uuid: UUIDS.run,
  workflow_uuid: UUIDS.workflow,
  workflow_name: 'Suspend a user in Okta',
  workflow_version: 3,
  risk_level: 'high',
  alert_uuid: UUIDS.alert,
  indicator: { type: 'account', value: 'alice@example.com' },
  parameters: {},
  parameters_hash: '3b5d5c3712955042212316173ccf37be8001f1e5a3f8f1a3c1f3f0a0a5b5d8c2',
  requested_by: {
    principal: `agent:${UUIDS.agent}`,
    name: 'My Investigation Agent',
    key_type: 'agent',
  },
  requested_reason: 'Signed in from a new country, then made a forwarding rule.',
  confidence: 0.9,
  notices: [{ approver: 'dora', channel: 'webhook', status: 'delivered', attempt_count: 1 }],
  created_at: MADE.created_at,
  expires_at: '2025-01-15T11:30:05Z',
};
const REASON = 'Confirmed with her by telephone.';
const decided = (status: 'approved' | 'rejected'): ApprovalResource => ({
  ...APPROVAL,
  status,
  decided_by: 'dora',
  decided_via: 'key',
  reason: REASON,
  decided_at: '2025-01-15T10:34:00Z',
});

/** Who approves runs, and what they decide. */
export const APPROVAL_EXAMPLES: Record<string, OperationExamples> = {
  createApprover: takes(CREATE, { ...APPROVER, signing_secret: SIGNING_SECRET }, 201),
  listApprovers: lists(APPROVER),
  getApprover: answers(APPROVER),
  updateApprover: takes({ name: 'Dora' }, { ...APPROVER, name: 'Dora' }),
  deleteApprover: NOTHING,
  listWorkflowApprovals: lists(APPROVAL),
  getWorkflowApproval: answers(APPROVAL),
  approveWorkflowRun: takes({ reason: REASON }, decided('approved')),
  rejectWorkflowRun: takes({ reason: REASON }, decided('rejected')),
};
