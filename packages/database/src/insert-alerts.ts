import { newUuid } from '@calseta/common';
import { type Connection } from './database.js';
import { type Claim, type IngestItem, lastSeen } from './ingest-item.js';
import { SWEEP_AFTER_SECONDS } from './stage-store.js';

// Lists come as array literals in text: unnest cannot take lists of different lengths.
const INSERT = `
  WITH given AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::int[], $14::uuid[],
      $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::jsonb[], $21::jsonb[],
      $22::text[], $23::text[], $24::text[], $25::json[], $26::text[], $27::text[], $28::text[],
      $29::uuid[], $30::text[], $31::jsonb[]
    ) AS given(
      id, source_name, native_alert_id, dedup_key, title, description, severity, severity_original,
      tags, occurred_at, received_at, last_seen_at, duplicate_count, previous_alert_id,
      source_rule_id, source_rule_name, source_url, mitre_tactics, mitre_techniques,
      normalized_fields, stated_indicators, ingest_notes, hosts, users, raw_payload, traceparent,
      stage, failure_reason, activity_id, actor, detail
    )
  ), inserted AS (
    INSERT INTO alerts (
      id, source_name, native_alert_id, dedup_key, title, description, severity, severity_original,
      tags, occurred_at, received_at, last_seen_at, duplicate_count, previous_alert_id,
      source_rule_id, source_rule_name, source_url, mitre_tactics, mitre_techniques,
      normalized_fields, stated_indicators, ingest_notes, hosts, users, raw_payload, traceparent,
      stage, failure_code, failure_reason, stage_changed_at, next_sweep_at
    )
    SELECT
      id, source_name, native_alert_id, dedup_key, title, description, severity::severity,
      severity_original, tags::text[], occurred_at, received_at, last_seen_at, duplicate_count,
      previous_alert_id, source_rule_id, source_rule_name, source_url, mitre_tactics::text[],
      mitre_techniques::text[], normalized_fields, stated_indicators, ingest_notes::text[],
      hosts::text[], users::text[], raw_payload, traceparent, stage::pipeline_stage,
      CASE WHEN failure_reason IS NOT NULL THEN 'payload.unreadable' END, failure_reason, now(),
      now() + make_interval(secs => ${SWEEP_AFTER_SECONDS})
    FROM given
  )
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT activity_id, id, received_at, 'received', actor, detail FROM given`;

/** Writes the alerts of claims that no earlier alert stands for, each with its first line of activity. */
export async function insertAlerts(client: Connection, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return;
  const rows = claims.map(toColumns);
  const values = Array.from({ length: rows[0]?.length ?? 0 }, (_, column) =>
    rows.map((row) => row[column]),
  );
  await client.query(INSERT, values);
}

function toColumns({ group, alertId, previousAlertId }: Claim): unknown[] {
  const [item] = group.items;
  const { alert } = item;
  return [
    alertId,
    item.sourceName,
    alert.nativeAlertId ?? null,
    item.dedupKey,
    alert.title,
    alert.description ?? null,
    alert.severity,
    alert.severityOriginal ?? null,
    arrayLiteral(alert.tags),
    item.occurredAt,
    item.receivedAt,
    lastSeen(group),
    group.items.length - 1,
    previousAlertId,
    alert.sourceRuleId ?? null,
    alert.sourceRuleName ?? null,
    alert.sourceUrl ?? null,
    arrayLiteral(alert.mitreTactics),
    arrayLiteral(alert.mitreTechniques),
    JSON.stringify(alert.fields),
    JSON.stringify(alert.statedIndicators),
    arrayLiteral(alert.notes),
    arrayLiteral(alert.hosts),
    arrayLiteral(alert.users),
    item.rawPayload,
    item.traceparent ?? null,
    item.quarantineReason === undefined ? 'ingested' : 'quarantined',
    item.quarantineReason ?? null,
    newUuid(),
    item.actor,
    JSON.stringify(activityDetail(item, previousAlertId)),
  ];
}

const activityDetail = (
  { sourceName, alert, quarantineReason }: IngestItem,
  previousAlertId: string | null,
): Record<string, unknown> => ({
  source_name: sourceName,
  ...(alert.notes.length > 0 && { notes: alert.notes }),
  ...(quarantineReason !== undefined && { quarantined: quarantineReason }),
  ...(previousAlertId !== null && { previous_alert_uuid: previousAlertId }),
});

const arrayLiteral = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`).join(',')}}`;
