import { newUuid, type PipelineStage } from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Column, type Columns } from '../../core/rows.js';
import { type IngestItem } from './ingest-item.js';

/** The first item of a group, and the id of its possible alert. */
export type NewAlert = {
  alertId: string;
  first: IngestItem;
  /** True when it always becomes an alert of its own, because its source does not deduplicate. */
  isAlone: boolean;
};

// Lists are sent as array literals in text: unnest cannot take lists of different lengths.
const textList = (
  name: string,
  list: (alert: IngestItem['alert']) => readonly string[],
): Column<NewAlert> => ['text', ({ first }) => arrayLiteral(list(first.alert)), `${name}::text[]`];

/** The end of an unknown alert is stored as finished; no stage handles it. */
function stageOf({ alert, quarantineReason }: IngestItem): PipelineStage {
  if (quarantineReason !== undefined) return 'quarantined';
  return alert.isEnd ? 'dispatched' : 'ingested';
}

/** The slot of an end expires this long before its arrival, so that the next message opens a new alert. */
const ENDED_SECONDS_AGO = 1;

const windowOf = ({ first }: NewAlert): number =>
  first.alert.isEnd ? -ENDED_SECONDS_AGO : first.dedupWindowSeconds;

/** The columns of a new alert that come from its sender. */
export const COMMON_COLUMNS: Columns<NewAlert> = {
  id: ['uuid', ({ alertId }) => alertId],
  source_name: ['text', ({ first }) => first.sourceName],
  native_alert_id: ['text', ({ first }) => first.alert.nativeAlertId ?? null],
  dedup_key: ['text', ({ first }) => first.dedupKey],
  title: ['text', ({ first }) => first.alert.title],
  description: ['text', ({ first }) => first.alert.description ?? null],
  severity: ['text', ({ first }) => first.alert.severity, 'severity::severity'],
  severity_original: ['text', ({ first }) => first.alert.severityOriginal ?? null],
  tags: textList('tags', ({ tags }) => tags),
  occurred_at: ['timestamptz', ({ first }) => first.occurredAt],
  received_at: ['timestamptz', ({ first }) => first.receivedAt],
  source_rule_id: ['text', ({ first }) => first.alert.sourceRuleId ?? null],
  source_rule_name: ['text', ({ first }) => first.alert.sourceRuleName ?? null],
  source_url: ['text', ({ first }) => first.alert.sourceUrl ?? null],
  mitre_tactics: textList('mitre_tactics', ({ mitreTactics }) => mitreTactics),
  mitre_techniques: textList('mitre_techniques', ({ mitreTechniques }) => mitreTechniques),
  normalized_fields: ['jsonb', ({ first }) => JSON.stringify(first.alert.fields)],
  stated_indicators: ['jsonb', ({ first }) => JSON.stringify(first.alert.statedIndicators)],
  ingest_notes: textList('ingest_notes', ({ notes }) => notes),
  hosts: textList('hosts', ({ hosts }) => hosts),
  users: textList('users', ({ users }) => users),
  raw_payload: ['json', ({ first }) => first.rawPayload],
  original_content_type: ['text', ({ first }) => first.contentType ?? null],
  traceparent: ['text', ({ first }) => first.traceparent ?? null],
  stage: ['text', ({ first }) => stageOf(first), 'stage::pipeline_stage'],
  fingerprint: ['text', ({ first }) => first.fingerprint],
};

/** Further columns, which have their default for every alert that `isPlain`. */
export const RARE_COLUMNS: Columns<NewAlert> = {
  original_body: ['bytea', ({ first }) => first.original ?? null],
  failure_code: ['text', ({ first }) => quarantineCodeOf(first)],
  failure_reason: ['text', ({ first }) => first.quarantineReason ?? null],
  source_status: ['text', ({ first }) => first.alert.sourceStatus ?? null],
  source_ended_at: ['timestamptz', endedAt],
  status: ['text', ({ first }) => (first.alert.isEnd ? 'Closed' : 'Open'), 'status::alert_status'],
  closed_at: ['timestamptz', endedAt],
};

export const isPlain = ({ isAlone, first }: NewAlert): boolean =>
  !isAlone &&
  first.original === undefined &&
  first.quarantineReason === undefined &&
  first.alert.sourceStatus === undefined &&
  !first.alert.isEnd;

/** What the statement needs besides. */
export const CLAIM_COLUMNS: Columns<NewAlert> = {
  window_seconds: ['int', windowOf],
  activity_id: ['uuid', () => newUuid()],
  actor: ['text', ({ first }) => first.actor],
  detail: ['jsonb', ({ first }) => JSON.stringify(activityDetail(first))],
};

function endedAt({ first }: NewAlert): Date | null {
  return first.alert.isEnd ? first.receivedAt : null;
}

export function quarantineCodeOf({ quarantineReason, quarantineCode }: IngestItem): string | null {
  return quarantineReason === undefined ? null : (quarantineCode ?? 'payload.unreadable');
}

const activityDetail = ({ sourceName, alert, quarantineReason }: IngestItem) => ({
  source_name: sourceName,
  ...(alert.notes.length > 0 && { notes: alert.notes }),
  ...(quarantineReason !== undefined && { quarantined: quarantineReason }),
});
