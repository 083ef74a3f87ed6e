import {
  type AcceptedRun,
  type RunResource,
  type RunSummaryResource,
  type SecretResource,
  type TestedWorkflow,
} from '@calseta/common';
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

const ACCEPTED: AcceptedRun = {
  run_uuid: UUIDS.run,
  status: 'awaiting_approval',
  approval_uuid: UUIDS.approval,
};

const RUN: RunSummaryResource = {
  uuid: UUIDS.run,
  workflow_uuid: UUIDS.workflow,
  workflow_name: WORKFLOW.name,
  workflow_version: 1,
  status: 'succeeded',
  outcome: 'done',
  summary: 'Done: close_door.',
  alert_uuid: UUIDS.alert,
  indicator: { type: 'account', value: 'jane.roe' },
  parameters: {},
  reason: 'The badge was used in two buildings within a minute.',
  confidence: 0.9,
  requested_by: {
    principal: `agent:${UUIDS.agent}`,
    key_id: 'k3yIdOf16Letters',
    name: 'My Investigation Agent',
    key_type: 'agent',
  },
  approval_uuid: UUIDS.approval,
  approval_status: 'approved',
  created_at: MADE.created_at,
  started_at: '2025-01-15T10:32:00.000Z',
  finished_at: '2025-01-15T10:32:01.000Z',
};

const REQUEST = {
  method: 'POST',
  url: 'https://doors.example.com/v1/badges/jane.roe/close',
  headers: { Accept: 'application/json', Authorization: 'Bearer <doors_token>' },
  body: '{"reason":"The badge was used in two buildings within a minute."}',
};
const RESPONSE = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"closed":true}',
};

const RUN_WITH_STEPS: RunResource = {
  ...RUN,
  steps: [
    {
      number: 1,
      name: 'close_door',
      idempotency_key: UUIDS.occurrence,
      attempt_count: 1,
      may_repeat: false,
      request: REQUEST,
      sent_at: '2025-01-15T10:32:00.000Z',
      answered_at: '2025-01-15T10:32:01.000Z',
      outcome: 'done',
      response: RESPONSE,
    },
  ],
};

const TESTED: TestedWorkflow = {
  status: 'succeeded',
  outcome: 'done',
  summary: 'Done: close_door.',
  is_retryable: false,
  steps: [{ name: 'close_door', outcome: 'done', request: REQUEST, response: RESPONSE }],
};

const PLANNED: TestedWorkflow = {
  status: 'planned',
  summary: 'These requests would be sent, one after the other.',
  is_retryable: false,
  steps: [{ name: 'close_door', request: REQUEST }],
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
  executeWorkflow: {
    request: {
      example: {
        value: {
          indicator: RUN.indicator,
          alert_uuid: UUIDS.alert,
          reason: RUN.reason,
          confidence: RUN.confidence,
        },
      },
    },
    answers: {
      200: { example: { value: { data: PLANNED, meta: {} } } },
      202: { example: { value: { data: ACCEPTED, meta: {} } } },
    },
  },
  testWorkflow: takes(
    {
      indicator: RUN.indicator,
      recorded: [{ step: 'close_door', status: 200, body: { closed: true } }],
    },
    TESTED,
  ),
  listWorkflowRuns: lists(RUN),
  getWorkflowRun: answers(RUN_WITH_STEPS),
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
