import {
  type AgentResource,
  type DeliveryResource,
  type PulledDelivery,
  type Scorecard,
} from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, MADE, NOTHING, takes, UUIDS } from './shape.js';

const AGENT: AgentResource = {
  uuid: UUIDS.agent,
  name: 'My Investigation Agent',
  documentation: '',
  webhook_url: 'https://agent.example.com/webhook',
  trigger_filter: { min_severity: 'High', source_names: ['generic', 'sentinel'] },
  match: { none: [{ field: 'hosts', op: 'starts_with', value: 'lab-' }] },
  timeout_seconds: 10,
  max_concurrency: 4,
  receive_updates: true,
  events: ['alert.enriched', 'delivery.dead'],
  receive_quarantined: false,
  payload_mode: 'full',
  max_tokens: 8_000,
  max_bytes: 524_288,
  is_active: true,
  mode: 'active',
  has_auth_header: true,
  header_names: [],
  ...MADE,
};
const SECRET = 'whsec_c2hvd24gb25jZSwga2VlcCBpdCBzYWZl';

const DELIVERY: DeliveryResource = {
  uuid: UUIDS.delivery,
  webhook_id: 'msg_01946977',
  kind: 'alert',
  event: 'alert.enriched',
  agent_uuid: UUIDS.agent,
  alert_uuid: UUIDS.alert,
  revision: 1,
  severity: 'High',
  status: 'delivered',
  attempt_count: 1,
  created_at: '2025-01-15T10:30:05.000Z',
  finished_at: '2025-01-15T10:30:06.000Z',
  attempts: [
    {
      number: 1,
      started_at: '2025-01-15T10:30:05.100Z',
      duration_ms: 84,
      outcome: 'delivered',
      status_code: 200,
    },
  ],
};

const LEASED: PulledDelivery = {
  lease_id: `${UUIDS.delivery}.${UUIDS.alert}`,
  webhook_id: `msg_${UUIDS.delivery}`,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': `msg_${UUIDS.delivery}`,
    'webhook-timestamp': '1736937005',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
  body: '{"event":"alert.enriched","alert":{"uuid":"…"}}',
};

const SCORECARD: Scorecard = {
  agent_uuid: UUIDS.agent,
  mode: 'shadow',
  since: '2024-12-16T10:30:05.000Z',
  until: '2025-01-15T10:30:05.000Z',
  deliveries: { delivered: 412, pending: 1, dead: 0, cancelled: 3 },
  tokens_pushed: { total: 956_252, mean: 2_321 },
  time_to_first_finding_seconds: { alert_count: 398, median: 21.4, p95: 64.2 },
  findings: {
    count: 401,
    unclassified: 3,
    by_classification: { true_positive: 61, false_positive: 309, inconclusive: 28 },
  },
  judged: {
    alert_count: 240,
    outcomes: [
      { classification: 'true_positive', closed_as: 'true_positive', count: 38 },
      { classification: 'true_positive', closed_as: 'false_positive', count: 2 },
      { classification: 'false_positive', closed_as: 'false_positive', count: 200 },
    ],
    agreement: 0.992,
    true_positive_precision: 0.95,
    true_positive_recall: 1,
    calibration: [
      {
        confidence_from: 0.8,
        confidence_to: 1,
        alert_count: 190,
        mean_confidence: 0.91,
        agreement: 0.99,
      },
    ],
  },
};

export const AGENT_EXAMPLES: Record<string, OperationExamples> = {
  registerAgent: takes(
    {
      name: AGENT.name,
      webhook_url: AGENT.webhook_url,
      auth_header: 'Bearer your-agent-secret',
      trigger_filter: AGENT.trigger_filter,
      match: AGENT.match,
    },
    { ...AGENT, signing_secret: SECRET },
    201,
  ),
  listAgents: lists(AGENT),
  getAgent: answers({
    ...AGENT,
    health: { failures_in_a_row: 0, breaker: 'closed', waiting_count: 0, skipped_events: [] },
  }),
  updateAgent: takes({ max_concurrency: 8 }, { ...AGENT, max_concurrency: 8 }),
  deleteAgent: NOTHING,
  replayAgent: takes(
    { since: '2025-01-14T00:00:00Z', only: 'missed' },
    { matched_count: 412, delivery_count: 38 },
    202,
  ),
  dispatchAlert: takes({ agent_uuid: UUIDS.agent }, { ...DELIVERY, status: 'pending' }, 202),
  leaseDeliveries: takes({ max: 10, wait_seconds: 30 }, { deliveries: [LEASED] }),
  ackDeliveries: takes({ lease_ids: [LEASED.lease_id] }, { settled_count: 1, stale_lease_ids: [] }),
  nackDeliveries: takes(
    { lease_ids: [LEASED.lease_id] },
    { settled_count: 1, stale_lease_ids: [] },
  ),
  extendLeases: takes(
    { lease_ids: [LEASED.lease_id], seconds: 300 },
    { settled_count: 0, stale_lease_ids: [LEASED.lease_id] },
  ),
  getAgentScorecard: answers(SCORECARD),
  rotateAgentSecret: takes(
    { overlap_seconds: 86_400 },
    { ...AGENT, previous_secret_expires_at: '2025-01-16T10:30:05.000Z', signing_secret: SECRET },
    201,
  ),
  explainAgent: answers({
    agent_uuid: UUIDS.agent,
    alert_uuid: UUIDS.alert,
    verdict: 'filtered',
    explanation: 'Its filter or rule excluded the alert: min_severity: Low is below High.',
    at_dispatch: {
      at: MADE.created_at,
      matched: false,
      clause: 'min_severity: Low is below High',
    },
    now: { matches: true },
    deliveries: [],
    notes: [],
  }),
  testAgent: answers({
    outcome: 'delivered',
    status_code: 200,
    duration_ms: 84,
    webhook_id: `msg_${UUIDS.delivery}`,
    alert_uuid: UUIDS.alert,
  }),
  listDeliveries: lists(DELIVERY),
  getDelivery: answers(DELIVERY),
  retryDelivery: answers(DELIVERY, 202),
  listDeliveriesOfAlert: lists(DELIVERY),
};
