import {
  type ContextDocumentResource,
  type ContextDocumentVersionResource,
  type ContextDocumentVersionSummary,
  type DetectionRuleImport,
  type DetectionRuleResource,
  type IndicatorMappingResource,
  type MuteResource,
  type SourceResource,
  type ThreatListResource,
} from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, MADE, NOTHING, resource, takes, UUIDS } from './shape.js';

const RULE: DetectionRuleResource = {
  uuid: UUIDS.rule,
  source_name: 'generic',
  source_rule_id: 'RULE-001',
  name: 'Suspicious Auth - Impossible Travel',
  severity: 'High',
  mitre_tactics: ['TA0001'],
  mitre_techniques: ['T1078'],
  documentation: '## Overview\nDetects impossible travel.',
  is_active: true,
  is_auto_created: false,
  ...MADE,
};

const RULE_FILE = {
  name: 'encoded-powershell.yml',
  text: 'title: Encoded PowerShell\nid: 6f9fb1aa-1b9d-4c22-a2a0-0e2d1f1f7a01\nlevel: high\ndetection: {}\n',
};
const IMPORT: DetectionRuleImport = {
  dry_run: false,
  rule_count: 1,
  created_count: 1,
  updated_count: 0,
  unchanged_count: 0,
  repeated_count: 0,
  problem_count: 0,
  rules: [
    {
      file: RULE_FILE.name,
      line: 1,
      format: 'sigma',
      name: 'Encoded PowerShell',
      source_rule_id: '6f9fb1aa-1b9d-4c22-a2a0-0e2d1f1f7a01',
      outcome: 'created',
      rule_uuids: [UUIDS.rule],
      changed_fields: ['name', 'severity'],
      kept_fields: [],
      shortened_fields: [],
    },
  ],
  problems: [],
};

const DOCUMENT: ContextDocumentResource = {
  uuid: UUIDS.document,
  title: 'Identity IR Runbook',
  doc_type: 'runbook',
  content: '## Scope\nAccounts of people.',
  is_global: false,
  targeting_rules: { any: [{ field: 'tags', op: 'contains', value: 'identity' }] },
  tags: ['identity'],
  version: 1,
  ...MADE,
};

const VERSION_SUMMARY: ContextDocumentVersionSummary = {
  version: 1,
  title: DOCUMENT.title,
  doc_type: DOCUMENT.doc_type,
  is_global: DOCUMENT.is_global,
  tags: DOCUMENT.tags,
  content_characters: DOCUMENT.content.length,
  created_at: MADE.created_at,
};
const VERSION: ContextDocumentVersionResource = {
  version: 1,
  title: DOCUMENT.title,
  doc_type: DOCUMENT.doc_type,
  content: DOCUMENT.content,
  is_global: DOCUMENT.is_global,
  tags: DOCUMENT.tags,
  created_at: MADE.created_at,
};

const MUTE: MuteResource = {
  uuid: UUIDS.mute,
  rule: { all: [{ field: 'hosts', op: 'starts_with', value: 'pentest-' }] },
  until: '2025-01-20T18:00:00.000Z',
  reason: 'Penetration test until Monday',
  is_active: true,
  created_by: 'k3yIdOf16Letters',
  muted_count: 12,
  last_muted_at: '2025-01-15T11:02:00.000Z',
  created_at: MADE.created_at,
};

const THREAT_LIST: ThreatListResource = {
  uuid: UUIDS.document,
  name: 'Phishing of this week',
  description: 'From the sharing group.',
  verdict: 'deny',
  is_active: true,
  format: 'csv',
  entry_count: 1,
  skipped_count: 0,
  version: 1,
  ...MADE,
};
const THREAT_LIST_CONTENT = 'value,reason\nlogin.bad.example,credential phishing';

const MAPPING: IndicatorMappingResource = {
  uuid: UUIDS.mapping,
  pass: 'custom',
  source_name: 'generic',
  path: 'network.client.ip',
  indicator_type: 'ip',
  role: 'source',
  is_active: true,
  ...MADE,
};

const SOURCE: SourceResource = {
  name: 'door-controller',
  plugin: 'custom',
  field_mapping: { fields: { title: 'event.text', severity: 'event.level' } },
  dedup_window_seconds: 86_400,
  on_update: 'raise',
  on_resolved: 'note',
  rate_limit_per_minute: null,
  expected_every_seconds: 3_600,
  is_active: true,
  is_signature_required: false,
  hmac_secrets: [],
  subscriptions: [],
  accepted_count: 12,
  rejected_count: 0,
  unread_severity_count: 0,
  quarantined_count: 0,
  last_seen_at: '2025-01-15T10:30:00.000Z',
  is_silent: false,
  ...MADE,
};
const PAYLOAD = { event: { text: 'Door 4 was forced', level: 'high' } };
const READING = { outcome: 'readable', title: 'Door 4 was forced', severity: 'High' };

export const CONFIGURATION_EXAMPLES: Record<string, OperationExamples> = {
  ...resource('DetectionRule', {
    create: {
      source_name: RULE.source_name,
      source_rule_id: RULE.source_rule_id,
      name: RULE.name,
      severity: RULE.severity,
      mitre_techniques: RULE.mitre_techniques,
      documentation: RULE.documentation,
    },
    update: { is_active: false },
    data: RULE,
    changed: { is_active: false },
  }),
  importDetectionRules: takes({ files: [RULE_FILE] }, IMPORT),
  listContextDocumentVersions: lists(VERSION_SUMMARY),
  getContextDocumentVersion: answers(VERSION),
  ...resource('ContextDocument', {
    create: {
      title: DOCUMENT.title,
      doc_type: DOCUMENT.doc_type,
      content: DOCUMENT.content,
      targeting_rules: DOCUMENT.targeting_rules,
      tags: DOCUMENT.tags,
    },
    update: { title: 'Identity runbook' },
    data: DOCUMENT,
    changed: { title: 'Identity runbook', version: 2 },
  }),
  testRule: takes(
    { rule: MUTE.rule, limit: 500 },
    {
      tested_count: 500,
      matched_count: 1,
      matches: [
        {
          alert_uuid: UUIDS.alert,
          title: 'Impossible Travel Detected',
          severity: 'High',
          source_name: 'sentinel',
          received_at: MADE.created_at,
        },
      ],
      failed: [
        {
          clause: '/all/0: hosts starts_with "pentest-"',
          count: 499,
          sample_alert_uuid: UUIDS.alert,
        },
      ],
      is_complete: false,
    },
  ),
  createMute: takes({ rule: MUTE.rule, until: MUTE.until, reason: MUTE.reason }, MUTE, 201),
  listMutes: lists(MUTE),
  getMute: answers(MUTE),
  deleteMute: NOTHING,
  ...resource('ThreatList', {
    create: {
      name: THREAT_LIST.name,
      description: THREAT_LIST.description,
      verdict: 'deny',
      content: THREAT_LIST_CONTENT,
    },
    update: { is_active: false },
    data: THREAT_LIST,
    changed: { is_active: false, version: 2 },
  }),
  listThreatListEntries: lists({
    type: 'domain',
    value: 'login.bad.example',
    reason: 'credential phishing',
  }),
  replaceThreatListContent: takes({ content: THREAT_LIST_CONTENT }, { ...THREAT_LIST, version: 2 }),
  ...resource('IndicatorMapping', {
    create: {
      source_name: MAPPING.source_name,
      path: MAPPING.path,
      indicator_type: MAPPING.indicator_type,
      role: MAPPING.role,
    },
    update: { is_active: false },
    data: MAPPING,
    changed: { is_active: false },
  }),
  testIndicatorMappings: takes(
    { source_name: SOURCE.name, payload: PAYLOAD },
    {
      alerts: [
        {
          reading: READING,
          passes: { explicit: [], system: [], custom: [], field: [], text: [] },
          indicators: [],
          dropped: 0,
          notes: [],
        },
      ],
      alert_count: 1,
    },
  ),
  listSources: lists(SOURCE),
  createSource: takes(
    { name: SOURCE.name, field_mapping: SOURCE.field_mapping },
    { ...SOURCE, accepted_count: 0 },
    201,
  ),
  getSource: answers(SOURCE),
  updateSource: takes({ rate_limit_per_minute: 600 }, { ...SOURCE, rate_limit_per_minute: 600 }),
  deleteSource: NOTHING,
  reparseSource: takes(
    { limit: 100 },
    { reparsed_count: 3, further_count: 0, quarantined_count: 0, next_cursor: null },
  ),
  testSource: takes(
    { source_name: SOURCE.name, payload: PAYLOAD },
    { alerts: [READING], alert_count: 1 },
  ),
};
