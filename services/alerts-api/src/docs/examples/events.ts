import { eventNamed, type EventData, type OperatorEventName } from '@calseta/common';
import { UUIDS } from './shape.js';

const AT = '2025-01-15T10:30:05Z';

const DATA: { [E in OperatorEventName]: EventData<E> } = {
  'alert.quarantined': {
    alert_uuid: UUIDS.alert,
    source_name: 'generic',
    code: 'body.malformed',
  },
  'approval.requested': {
    approval_uuid: UUIDS.delivery,
    run_uuid: UUIDS.finding,
    workflow_uuid: UUIDS.workflow,
    workflow_name: 'Isolate a host',
    alert_uuid: UUIDS.alert,
    risk_level: 'high',
    requested_by: `agent:${UUIDS.agent}`,
    reason: 'The host talks to a known command and control server.',
    expires_at: '2025-01-15T14:30:05Z',
  },
  'agent.disabled': {
    agent_uuid: UUIDS.agent,
    agent_name: 'My Investigation Agent',
    reason: 'It answered 410 Gone.',
  },
  'provider.auth_failed': { provider_name: 'virustotal', reason: 'It answered 401.' },
  'delivery.dead': {
    delivery_uuid: UUIDS.delivery,
    agent_uuid: UUIDS.agent,
    agent_name: 'My Investigation Agent',
    alert_uuid: UUIDS.alert,
    event: 'alert.enriched',
    severity: 'High',
    attempt_count: 11,
    last_error: 'answered 500',
  },
  'source.silent': {
    source_name: 'elastic',
    expected_every_seconds: 3_600,
    last_seen_at: '2025-01-15T09:30:00Z',
  },
  'source.resumed': {
    source_name: 'elastic',
    because: 'seen',
    silent_since: '2025-01-15T09:30:00Z',
    last_seen_at: '2025-01-15T10:42:00Z',
  },
};

/** The body of each event, as an agent gets it. */
export const EVENTS = Object.fromEntries(
  Object.entries(DATA).map(([name, data]) => {
    const { path, untrusted } = eventNamed(name as OperatorEventName);
    const url = `https://calseta.example.com${path(data)}`;
    return [
      name,
      {
        event: name,
        data: { ...data, url, occurred_at: AT },
        untrusted_paths: untrusted.map((field) => `/data/${field}`),
      },
    ];
  }),
) as Record<OperatorEventName, unknown>;
