import { type PushPayload, toWholeAlert } from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { ALERT, FINDING, INDICATOR } from './alerts.js';
import { answers, UUIDS } from './shape.js';

const LINK = `/v1/alerts/${ALERT.uuid}`;

/** The push to an agent about the alert of the other examples. */
export const PUSH: PushPayload = {
  event: 'alert.enriched',
  alert: {
    uuid: ALERT.uuid,
    title: ALERT.title,
    severity: ALERT.severity,
    source_name: ALERT.source_name,
    status: ALERT.status,
    malice: ALERT.malice,
    occurred_at: ALERT.occurred_at,
    tags: ALERT.tags,
    hosts: ALERT.hosts,
    users: ALERT.users,
    mitre_tactics: ALERT.mitre_tactics,
    mitre_techniques: ALERT.mitre_techniques,
    normalized_fields: { src_ip: '185.220.101.47' },
    links: {
      self: `https://calseta.example.com${LINK}`,
      occurrences: `${LINK}/occurrences`,
      raw: `${LINK}/raw`,
    },
    raw_payload: ALERT.raw_payload,
    _metadata: {
      generated_at: '2025-01-15T10:30:05Z',
      alert_source: ALERT.source_name,
      agent: 'My Investigation Agent',
      revision: 1,
      indicator_count: 1,
      enrichment: { ...ALERT.enrichment, enriched_at: '2025-01-15T10:30:05Z' },
      detection_rule_matched: true,
      context_documents_applied: 1,
      untrusted_paths: [
        '/alert/title',
        '/alert/tags',
        '/alert/users',
        '/alert/normalized_fields',
        '/alert/raw_payload',
        '/indicators',
      ],
    },
  },
  indicators: [
    {
      type: INDICATOR.type,
      value: INDICATOR.value,
      malice: INDICATOR.malice,
      malice_reasons: [...INDICATOR.malice_reasons],
      role: 'source',
      enrichment_results: {
        threat_lists: { extracted: INDICATOR.enrichment_results.threat_lists.extracted },
      },
      provenance: [{ pointer: '/alert/normalized_fields/src_ip' }],
    },
  ],
  detection_rule: {
    name: 'Suspicious Auth - Impossible Travel',
    mitre_tactics: ['TA0001'],
    mitre_techniques: ['T1078'],
    documentation: '## Overview\nDetects impossible travel.',
  },
  context_documents: [
    { title: 'Identity IR Runbook', doc_type: 'runbook', content: '## Scope\nAccounts of people.' },
  ],
  workflows: [
    {
      uuid: UUIDS.workflow,
      name: 'Revoke User Session',
      documentation: 'Revokes all active sessions of an account.',
      approval_mode: 'always',
      risk_level: 'high',
    },
  ],
  related_alerts: [],
};

const FINDINGS = [
  {
    uuid: UUIDS.finding,
    ...FINDING,
    created_by: 'k3yIdOf16Letters',
    created_at: '2025-01-15T10:31:00.000Z',
  },
];

/** Answers in the names and shapes of a push. */
export const CONTEXT_EXAMPLES: Record<string, OperationExamples> = {
  getAlert: answers(toWholeAlert(ALERT, { ...PUSH, findings: FINDINGS })),
  getAlertContext: answers({
    alert: PUSH.alert,
    indicators: PUSH.indicators,
    detection_rule: PUSH.detection_rule,
    context_documents: PUSH.context_documents,
    workflows: PUSH.workflows,
    related_alerts: PUSH.related_alerts,
    findings: FINDINGS,
  }),
};
