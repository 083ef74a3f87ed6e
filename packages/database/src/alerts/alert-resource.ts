import {
  formatTimestamp,
  parseExactly,
  type AlertResource,
  type AlertSummary,
  type ListedCve,
} from '@calseta/common';
import { type Alert } from '../generated/client.js';

/** Large or internal columns that lists do not read. */
export const OMITTED_IN_LISTS = {
  rawPayload: true,
  originalContentType: true,
  originalBody: true,
  normalizedFields: true,
  statedIndicators: true,
  addedIndicators: true,
  subjectKeys: true,
  droppedTags: true,
  ingestNotes: true,
  extractionNotes: true,
  enrichmentSucceeded: true,
  enrichmentNotFound: true,
  enrichmentFailed: true,
  enrichmentReasons: true,
  knownExploited: true,
  dedupKey: true,
  fingerprint: true,
  unchangedCount: true,
  keptOccurrenceCount: true,
  droppedIndicatorCount: true,
  severityIsSet: true,
  tlp: true,
  traceparent: true,
  stageChangedAt: true,
  nextSweepAt: true,
  sweepCount: true,
  triagedAt: true,
} as const;

/** Texts of a summary that senders write, each of up to many kibibytes. */
const SUMMARY_TEXTS = ['title', 'description', 'source_url', 'failure_reason'];
const SUMMARY_LISTS = ['tags', 'hosts', 'users', 'mitre_tactics', 'mitre_techniques'];

/** SQL of the bytes of a summary, of the alert with this alias. */
export const summaryBytes = (alias: string): string =>
  [
    ...SUMMARY_TEXTS.map((column) => `${alias}.${column}`),
    ...SUMMARY_LISTS.map((column) => `array_to_string(${alias}.${column}, ',')`),
  ]
    .map((text) => `coalesce(octet_length(${text}), 0)`)
    .join(' + ');

export type AlertSummaryRow = Omit<Alert, keyof typeof OMITTED_IN_LISTS>;

export const toAlertSummary = (row: AlertSummaryRow): AlertSummary => ({
  uuid: row.id,
  title: row.title,
  ...(row.description !== null && { description: row.description }),
  severity: row.severity,
  ...(row.severityOriginal !== null && { severity_original: row.severityOriginal }),
  status: row.status,
  source_name: row.sourceName,
  ...toSourceReferences(row),
  mitre_tactics: row.mitreTactics,
  mitre_techniques: row.mitreTechniques,
  tags: row.tags,
  hosts: row.hosts,
  users: row.users,
  occurred_at: formatTimestamp(row.occurredAt),
  received_at: formatTimestamp(row.receivedAt),
  last_seen_at: formatTimestamp(row.lastSeenAt),
  duplicate_count: row.duplicateCount,
  ...(row.sourceStatus !== null && { source_status: row.sourceStatus }),
  ...(row.sourceEndedAt && { source_ended_at: formatTimestamp(row.sourceEndedAt) }),
  revision: row.revision,
  ...(row.previousAlertId !== null && { previous_alert_uuid: row.previousAlertId }),
  ...(row.detectionRuleId !== null && { detection_rule_uuid: row.detectionRuleId }),
  indicator_count: row.indicatorCount,
  ...toPipelineState(row),
  ...(row.muteId !== null && { mute_uuid: row.muteId }),
  ...(row.closeClassification !== null && { close_classification: row.closeClassification }),
  ...(row.assignee !== null && { assignee: row.assignee }),
  ...(row.closedAt !== null && { closed_at: formatTimestamp(row.closedAt) }),
  updated_at: formatTimestamp(row.updatedAt),
});

const toSourceReferences = (row: AlertSummaryRow) => ({
  ...(row.sourceUrl !== null && { source_url: row.sourceUrl }),
  ...(row.nativeAlertId !== null && { native_alert_id: row.nativeAlertId }),
  ...(row.sourceRuleId !== null && { source_rule_id: row.sourceRuleId }),
  ...(row.sourceRuleName !== null && { source_rule_name: row.sourceRuleName }),
});

const toPipelineState = (row: AlertSummaryRow) => ({
  malice: row.maliceOverride ?? row.malice,
  ...(row.maliceOverride !== null && { malice_override: row.maliceOverride }),
  enrichment_status: row.enrichmentStatus,
  ...(row.enrichedAt !== null && { enriched_at: formatTimestamp(row.enrichedAt) }),
  pipeline_stage: row.stage,
  ...(row.failureCode !== null && {
    failure: { code: row.failureCode, reason: row.failureReason ?? '' },
  }),
});

const shownExploited = (listed: ListedCve[]) =>
  listed.length > 0 ? { known_exploited: listed } : {};

/** An alert with its payload, whose JSON text keeps numbers as sent. */
export const toAlert = (
  row: Omit<Alert, 'originalBody' | 'rawPayload'>,
  rawPayloadJson: string,
): AlertResource => ({
  ...toAlertSummary(row),
  enrichment: {
    succeeded: row.enrichmentSucceeded,
    not_found: row.enrichmentNotFound,
    failed: row.enrichmentFailed,
    reasons: row.enrichmentReasons as Record<string, string>,
    ...shownExploited(row.knownExploited as ListedCve[]),
  },
  normalized_fields: row.normalizedFields as Record<string, unknown>,
  ingest_notes: row.ingestNotes,
  extraction_notes: row.extractionNotes,
  raw_payload: parseExactly(rawPayloadJson),
});
