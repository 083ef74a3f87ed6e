import { type SecretResource } from '@calseta/common';
import { type WorkflowResource, type WorkflowVersionResource } from '@calseta/http-steps';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, MADE, NOTHING, resource, takes, UUIDS } from './shape.js';

const STEPS = [
  {
    name: 'close_door',
    method: 'POST' as const,
    url: 'https://doors.example.com/v1/badges/{{ indicator.value }}/close',
    json: { reason: '{{ reason }}' },
    done: { all: [{ field: 'body.error', op: 'eq' as const, value: 'already_closed' }] },
  },
];
const AUTH = {
  kind: 'header' as const,
  name: 'Authorization',
  value: 'Bearer {{ secrets.doors_token }}',
};

const WORKFLOW: WorkflowResource = {
  uuid: UUIDS.workflow,
  name: 'Close a badge',
  documentation: 'Closes the badge of an account. Reversible by the front desk.',
  approval_mode: 'always',
  risk_level: 'high',
  indicator_types: ['account'],
  base_url: null,
  approvers: [],
  steps: STEPS,
  auth: AUTH,
  is_active: true,
  missing_secrets: [],
  builtin_name: null,
  version: 1,
  ...MADE,
};

const VERSION: WorkflowVersionResource = {
  name: WORKFLOW.name,
  documentation: WORKFLOW.documentation,
  approval_mode: WORKFLOW.approval_mode,
  risk_level: WORKFLOW.risk_level,
  indicator_types: WORKFLOW.indicator_types,
  base_url: null,
  approvers: [],
  steps: STEPS,
  auth: AUTH,
  version: 1,
  created_by: 'dora',
  created_at: MADE.created_at,
};

const SECRET: SecretResource = {
  name: 'doors_token',
  allowed_origins: ['https://doors.example.com'],
  workflow_uuids: [UUIDS.workflow],
  created_by: 'dora',
  ...MADE,
};

export const WORKFLOW_EXAMPLES: Record<string, OperationExamples> = {
  ...resource('Workflow', {
    create: {
      name: WORKFLOW.name,
      documentation: WORKFLOW.documentation,
      risk_level: WORKFLOW.risk_level,
      indicator_types: WORKFLOW.indicator_types,
      steps: STEPS,
      auth: AUTH,
    },
    update: { approval_mode: 'agent_only' },
    data: WORKFLOW,
    changed: { approval_mode: 'agent_only', version: 2 },
  }),
  listWorkflowVersions: lists(VERSION),
  getWorkflowVersion: answers(VERSION),
  createSecret: takes(
    {
      name: SECRET.name,
      value: 'a-token-of-the-door-controller',
      allowed_origins: SECRET.allowed_origins,
      workflow_uuids: SECRET.workflow_uuids,
    },
    SECRET,
    201,
  ),
  listSecrets: lists(SECRET),
  getSecret: answers(SECRET),
  updateSecret: takes({ value: 'the-next-token' }, SECRET),
  deleteSecret: NOTHING,
};
