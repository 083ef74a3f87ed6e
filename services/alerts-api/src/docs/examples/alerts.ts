import {
  type AddedIndicators,
  type CommentResource,
  type AlertResource,
  type AlertSummary,
  type FindingResource,
  type ReplayPreview,
} from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, NOTHING, takes, UUIDS } from './shape.js';

const RAW = {
  title: 'Impossible Travel Detected',
  severity: 'High',
  tags: ['identity', 'auth'],
  src_ip: '185.220.101.47',
};

const REPLAY_PREVIEW: ReplayPreview = {
  alert_uuid: UUIDS.alert,
  from: 'extract',
  revision: 2,
  extraction: {
    added: [{ type: 'domain', value: 'login.example.net' }],
    removed: [],
    kept_count: 1,
    dropped_count: 0,
    notes: [],
  },
  dispatch: {
    agent_count: 1,
    agents: [{ agent_uuid: UUIDS.agent, name: 'triage', got_before: true }],
    excluded_agent_count: 0,
    excluded_agents: [],
    cancelled_delivery_count: 0,
  },
  assumptions: ['An indicator that would be added counts as Pending.'],
};

export const SUMMARY: AlertSummary = {
  uuid: UUIDS.alert,
  title: 'Impossible Travel Detected',
  severity: 'High',
  severity_original: 'High',
  status: 'Open',
  source_name: 'generic',
  mitre_tactics: ['TA0001'],
  mitre_techniques: ['T1078'],
  tags: ['identity', 'auth'],
  hosts: [],
  users: ['jsmith@example.com'],
  occurred_at: '2025-01-15T10:28:00.000Z',
  received_at: '2025-01-15T10:30:00.000Z',
  last_seen_at: '2025-01-15T10:30:00.000Z',
  duplicate_count: 0,
  revision: 1,
  indicator_count: 1,
  malice: 'Malicious',
  enrichment_status: 'Enriched',
  enriched_at: '2025-01-15T10:30:05.000Z',
  pipeline_stage: 'dispatched',
  updated_at: '2025-01-15T10:30:06.000Z',
};

export const ALERT: AlertResource = {
  ...SUMMARY,
  enrichment: {
    succeeded: ['sightings', 'ip_intel'],
    not_found: ['threat_lists'],
    failed: ['virustotal'],
    reasons: { virustotal: 'No answer within 5000 ms.' },
  },
  normalized_fields: { src_ip: '185.220.101.47' },
  ingest_notes: [],
  extraction_notes: [],
  raw_payload: RAW,
};

export const INDICATOR = {
  uuid: UUIDS.indicator,
  type: 'ip',
  value: '185.220.101.47',
  classification: 'public',
  is_malformed: false,
  malice: 'Malicious',
  malice_reasons: ['threat_lists: listed as a Tor exit node'],
  first_seen_at: '2025-01-10T08:00:00.000Z',
  last_seen_at: '2025-01-15T10:30:00.000Z',
  enrichment_results: {
    threat_lists: {
      status: 'success',
      extracted: { lists: ['tor-exit-nodes'] },
      malice: 'Malicious',
      fetched_at: '2025-01-15T10:30:04.000Z',
    },
  },
} as const;

const PLACE = {
  role: 'source',
  provenance: [
    { pass: 'system', pointer: '/normalized_fields/src_ip', stated_as: '185.220.101.47' },
  ],
};

const added = (isNew: boolean): AddedIndicators => ({
  indicators: [
    {
      type: 'domain',
      value: 'login-check.example',
      classification: 'documentation',
      is_new: isNew,
    },
  ],
  added_count: isNew ? 1 : 0,
});

export const FINDING = {
  summary: 'Confirmed malicious login from Tor exit node',
  confidence: 0.95,
  recommended_actions: ['Revoke all active sessions', 'Force password reset'],
  details: { source_ip_analysis: 'Known Tor exit node' },
  classification: 'true_positive',
};

const COMMENT: CommentResource = {
  uuid: UUIDS.activity,
  alert_uuid: UUIDS.alert,
  text: 'The user confirmed the journey by phone.',
  created_by: 'k3yIdOf16Letters',
  created_at: '2025-01-15T10:40:00.000Z',
};

const POSTED: FindingResource = {
  uuid: UUIDS.finding,
  alert_uuid: UUIDS.alert,
  ...FINDING,
  created_by: 'k3yIdOf16Letters',
  created_at: '2025-01-15T10:31:00.000Z',
};

export const ALERT_EXAMPLES: Record<string, OperationExamples> = {
  listAlerts: lists(SUMMARY),
  updateAlert: takes({ status: 'Triaging' }, { ...ALERT, status: 'Triaging' }),
  getOriginalAlert: { answers: { 200: { example: { value: JSON.stringify(RAW) } } } },
  listIndicatorsOfAlert: lists({ ...INDICATOR, ...PLACE }),
  addAlertIndicators: {
    request: {
      example: {
        value: {
          items: [{ type: 'domain', value: 'login-check[.]example', role: 'destination' }],
          reason: 'The user forwarded the link by phone.',
        },
      },
    },
    answers: {
      200: { known: { value: { data: added(false), meta: {} } } },
      201: { added: { value: { data: added(true), meta: {} } } },
    },
  },
  listOccurrencesOfAlert: lists({
    uuid: UUIDS.occurrence,
    received_at: '2025-01-15T11:00:00.000Z',
    changes: [],
    raw_payload: RAW,
    links: { raw: `/v1/alerts/${UUIDS.alert}/occurrences/${UUIDS.occurrence}/raw` },
  }),
  getOriginalOccurrence: { answers: { 200: { example: { value: JSON.stringify(RAW) } } } },
  listActivityOfAlert: lists({
    uuid: UUIDS.activity,
    at: '2025-01-15T10:31:00.000Z',
    kind: 'updated',
    actor: 'k3yIdOf16Letters',
    detail: { status: { from: 'Open', to: 'Triaging' } },
  }),
  postAlert: takes(
    { source_name: 'generic', payload: RAW },
    { alert_uuid: UUIDS.alert, status: 'queued', is_duplicate: false, duplicate_count: 0 },
    202,
  ),
  replayAlert: {
    request: {
      live: { value: { from: 'enrich' } },
      dry: { value: { from: 'extract', mode: 'dry' } },
    },
    answers: {
      200: { dry: { value: { data: REPLAY_PREVIEW, meta: {} } } },
      202: {
        live: {
          value: { data: { ...ALERT, revision: 2, pipeline_stage: 'extracted' }, meta: {} },
        },
      },
    },
  },
  reparseAlert: answers({ ...ALERT, further_alert_uuids: [] }, 202),
  enrichAlert: takes(
    { providers: ['threat_lists'], bypass_cache: true },
    { ...ALERT, is_enrichment_changed: false },
    202,
  ),
  deleteAlert: NOTHING,
  updateAlerts: takes(
    { alert_uuids: [UUIDS.alert], status: 'Triaging', assignee: 'dora' },
    { results: [{ alert_uuid: UUIDS.alert, status: 'Triaging' }], changed_count: 1 },
  ),
  getRelationshipGraph: answers({
    alerts: [
      {
        uuid: ALERT.uuid,
        title: ALERT.title,
        severity: ALERT.severity,
        status: ALERT.status,
        malice: ALERT.malice,
        source_name: ALERT.source_name,
        occurred_at: ALERT.occurred_at,
        distance: 0,
      },
    ],
    indicators: [
      {
        uuid: INDICATOR.uuid,
        type: INDICATOR.type,
        value: INDICATOR.value,
        malice: INDICATOR.malice,
        classification: INDICATOR.classification,
        alert_count: 1,
      },
    ],
    edges: [{ alert_uuid: ALERT.uuid, indicator_uuid: INDICATOR.uuid, role: 'source' }],
    is_truncated: false,
  }),
  postComment: takes({ text: COMMENT.text }, COMMENT, 201),
  listComments: lists(COMMENT),
  postFinding: takes(FINDING, POSTED, 201),
  listFindings: lists(POSTED),
  listIndicators: lists(INDICATOR),
  getIndicator: answers({ ...INDICATOR, alert_count: 1, alerts: [{ ...SUMMARY, ...PLACE }] }),
  overrideIndicator: takes(
    { malice_override: 'Benign' },
    {
      ...INDICATOR,
      malice: 'Benign',
      malice_override: 'Benign',
      alert_count: 1,
      alerts: [{ ...SUMMARY, ...PLACE }],
    },
  ),
  lookUpIndicator: takes(
    { type: 'ip', value: '185.220.101.47' },
    {
      type: 'ip',
      value: '185.220.101.47',
      classification: 'public',
      is_malformed: false,
      malice: 'Malicious',
      malice_reasons: INDICATOR.malice_reasons,
      enrichment_results: {
        threat_lists: {
          ...INDICATOR.enrichment_results.threat_lists,
          cached: false,
          age_seconds: 0,
        },
      },
    },
  ),
};
