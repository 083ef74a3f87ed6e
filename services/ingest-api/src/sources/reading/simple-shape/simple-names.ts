import { NORMALIZED_FIELDS, type NormalizedField } from '@calseta/common';
import { foldKey } from '../keys.js';

/** Fields of the simple shape, grouped by how their values are read. */
export const TEXT_FIELDS = [
  'title',
  'description',
  'native_alert_id',
  'source_rule_id',
  'source_rule_name',
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
export const LIST_FIELDS = ['tags', 'mitre_tactics', 'mitre_techniques'] as const;
export type ListField = (typeof LIST_FIELDS)[number];

export type SimpleField =
  | TextField
  | ListField
  | NormalizedField
  | 'severity'
  | 'occurred_at'
  | 'source_url'
  | 'hosts'
  | 'users'
  | 'status'
  | 'indicators';

/**
 * Other names that people and products use for a field, most specific first. Spellings are not repeated:
 * `alert_id` also matches `alertId`, `AlertID` and `alert-id`.
 */
const OTHER_NAMES: Partial<Record<SimpleField, readonly string[]>> = {
  title: [
    'alert_title', 'alert_name', 'alarm_name', 'alert_display_name', 'incident_title', 'detection_name', 'detect_name',
    'display_name', 'name', 'headline', 'subject', 'event_name', 'alert', 'rule_name', 'summary', 'message',
  ],
  description: [
    'alert_description', 'alarm_description', 'incident_description', 'rule_description', 'details', 'message', 'summary', 'body',
    'text', 'reason',
  ],
  severity: [
    'alert_severity', 'incident_severity', 'severity_name', 'severity_label', 'severity_level',
    'event_severity', 'risk_level', 'threat_level', 'criticality', 'priority', 'urgency', 'level',
  ],
  occurred_at: [
    'occurred', 'occurrence_time', 'event_time', 'event_timestamp', 'event_date', 'alert_time', 'state_change_time', 'detection_time',
    'detected_at', 'triggered_at', 'fired_at', 'first_seen', 'first_activity_time', 'first_activity_time_utc',
    'start_time', 'start_time_utc', 'started_at', 'starts_at', 'observed_at', 'timestamp', '@timestamp', '_time',
    'time', 'time_generated', 'time_generated_utc', 'date', 'datetime', 'ts', 'published', 'created_at',
    'created_time', 'created_time_utc', 'created_date', 'created_date_time', 'created_timestamp',
    'creation_time', 'creation_date', 'created_on', 'created', 'reported_at', 'generated_at', 'received_at',
  ],
  native_alert_id: [
    'alert_id', 'alert_uuid', 'alert_guid', 'system_alert_id', 'provider_alert_id', 'detection_id', 'detect_id',
    'composite_id', 'finding_id', 'notable_id', 'event_uuid', 'external_id', 'uuid', 'guid', 'incident_id',
    'incident_uuid', 'incident_name', 'incident_number', 'id', 'event_id',
  ],
  source_rule_id: ['rule_id', 'rule_uuid', 'detection_rule_id', 'analytics_rule_id', 'signature_id', 'monitor_id'],
  source_rule_name: ['rule_name', 'detection_rule_name', 'detection_rule', 'analytics_rule_name', 'monitor_name', 'rule'],
  source_url: [
    'link', 'alert_link', 'alert_url', 'alert_web_url', 'incident_url', 'incident_link', 'detection_url',
    'event_url', 'source_link', 'permalink', 'html_url', 'web_url', 'web_link', 'deep_link', 'console_url',
    'console_link', 'portal_url', 'view_link', 'results_link', 'generator_url', 'external_url',
  ],
  status: ['alert_status', 'incident_status', 'alert_state', 'state'],
  tags: ['labels', 'tag'],
  mitre_tactics: ['mitre_tactic', 'tactics', 'tactic'],
  mitre_techniques: ['mitre_technique', 'mitre_technique_id', 'mitre_attack_id', 'techniques', 'technique', 'technique_id'],
  hosts: [
    'host', 'hostname', 'hostnames', 'computer', 'computer_name', 'device', 'device_name', 'machine',
    'machine_name', 'endpoint', 'workstation', 'affected_host', 'affected_hosts', 'affected_device',
    'affected_devices', 'asset', 'asset_name', 'assets',
  ],
  users: [
    'user', 'username', 'usernames', 'account', 'account_name', 'accounts', 'user_principal_name', 'upn',
    'affected_user', 'affected_users', 'login',
  ],
}; // prettier-ignore

const OUR_NAMES: readonly SimpleField[] = [
  ...TEXT_FIELDS,
  ...LIST_FIELDS,
  'severity',
  'occurred_at',
  'source_url',
  'hosts',
  'users',
  'status',
  'indicators',
  ...NORMALIZED_FIELDS,
];

/** A field that a key, in its folded form, may mean; rank 0 is our own name, higher ranks are less specific. */
export type Meaning = { field: SimpleField; rank: number; key: string };

const MEANINGS = meaningsByName();

function meaningsByName(): Map<string, Meaning[]> {
  const meanings = new Map<string, Meaning[]>();
  for (const field of OUR_NAMES) {
    for (const [rank, name] of [field, ...(OTHER_NAMES[field] ?? [])].entries()) {
      const folded = foldKey(name);
      meanings.set(folded, [...(meanings.get(folded) ?? []), { field, rank, key: folded }]);
    }
  }
  return meanings;
}

/** Possible meanings of a key in any spelling. */
export const meaningsOf = (name: string): readonly Meaning[] => MEANINGS.get(foldKey(name)) ?? NONE;

const NONE: readonly Meaning[] = [];
