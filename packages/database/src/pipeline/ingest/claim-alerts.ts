import { newUuid } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { type IngestItem } from './ingest-item.js';
import { SWEEP_AFTER_SECONDS } from '../stage/stage-store.js';
import { TAKE_OVER_SLOT } from './take-over-slot.js';

// One statement, so that a batch of new alerts is one round trip and commits itself. A slot past its time is
// taken over by the new alert; of many equal alerts at once, one gets the slot and the others wait for it.
// Lists come as array literals in text: unnest cannot take lists of different lengths.
const CLAIM = `
  WITH given AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::text[],
      $15::text[], $16::text[], $17::jsonb[], $18::jsonb[], $19::text[], $20::text[], $21::text[],
      $22::json[], $23::text[], $24::text[], $25::text[], $26::int[], $27::uuid[], $28::text[], $29::jsonb[]
    ) WITH ORDINALITY AS given(
      id, source_name, native_alert_id, dedup_key, title, description, severity, severity_original,
      tags, occurred_at, received_at, source_rule_id, source_rule_name, source_url, mitre_tactics,
      mitre_techniques, normalized_fields, stated_indicators, ingest_notes, hosts, users, raw_payload,
      traceparent, stage, failure_reason, window_seconds, activity_id, actor, detail, position
    )
  ), slots AS (
    INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
    SELECT source_name, dedup_key, id, clock_timestamp() + make_interval(secs => window_seconds)
      FROM given ORDER BY position
    ${TAKE_OVER_SLOT}
    RETURNING slot.source_name, slot.dedup_key, slot.alert_id, slot.previous_alert_id
  ), taken_over AS MATERIALIZED (
    SELECT alert_id, previous_alert_id FROM slots WHERE previous_alert_id IS NOT NULL
  ), stored AS (
    INSERT INTO alerts (
      id, source_name, native_alert_id, dedup_key, title, description, severity, severity_original, tags,
      occurred_at, received_at, last_seen_at, previous_alert_id, source_rule_id, source_rule_name,
      source_url, mitre_tactics, mitre_techniques, normalized_fields, stated_indicators, ingest_notes,
      hosts, users, raw_payload, traceparent, stage, failure_code, failure_reason, stage_changed_at,
      next_sweep_at
    )
    SELECT
      id, source_name, native_alert_id, dedup_key, title, description, severity::severity,
      severity_original, tags::text[], occurred_at, received_at, received_at,
      (SELECT previous_alert_id FROM taken_over WHERE alert_id = id), source_rule_id,
      source_rule_name, source_url, mitre_tactics::text[], mitre_techniques::text[],
      normalized_fields, stated_indicators, ingest_notes::text[], hosts::text[], users::text[],
      raw_payload, traceparent, stage::pipeline_stage,
      CASE WHEN failure_reason IS NOT NULL THEN 'payload.unreadable' END, failure_reason, now(),
      now() + make_interval(secs => ${SWEEP_AFTER_SECONDS})
    FROM given
    WHERE id = ANY (ARRAY(SELECT alert_id FROM slots))
    RETURNING id
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT activity_id, id, received_at, 'received', actor, detail || coalesce(
             (SELECT jsonb_build_object('previous_alert_uuid', previous_alert_id)
                FROM taken_over WHERE alert_id = id), '{}')
      FROM given
     WHERE id = ANY (ARRAY(SELECT id FROM stored))
  )
  SELECT source_name AS "sourceName", dedup_key AS "dedupKey", alert_id AS "alertId" FROM slots`;

/** The alert that stands for an item: its own, which is stored then, or an earlier one, which it repeats. */
export type Claim = { alertId: string; isStored: boolean };

type SlotRow = { sourceName: string; dedupKey: string; alertId: string };

/** Takes the slot of each item's key and stores the alerts that got theirs; claims in the order of the items. */
export async function claimAlerts(
  database: Connection,
  items: readonly IngestItem[],
): Promise<Claim[]> {
  const groups = groupItems(items);
  const rows = groups.map(({ alertId, first }) => toColumns(first, alertId));
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, column) =>
    rows.map((row) => row[column]),
  );
  const { rows: slots } = await database.query<SlotRow>(CLAIM, columns);
  const standing = new Map(slots.map((slot) => [keyOf(slot), slot.alertId]));
  const claims: Claim[] = [];
  for (const { key, alertId, positions } of groups) {
    const standingId = standing.get(key);
    if (standingId === undefined) throw new Error('A claimed slot was not returned.');
    positions.forEach((position, index) => {
      claims[position] = { alertId: standingId, isStored: index === 0 && standingId === alertId };
    });
  }
  return claims;
}

const keyOf = ({ sourceName, dedupKey }: Pick<IngestItem, 'sourceName' | 'dedupKey'>) =>
  `${sourceName}\n${dedupKey}`;

/** Items of one batch with the same key: the first may make the alert, the others repeat it. */
type Group = { key: string; alertId: string; first: IngestItem; positions: number[] };

/** Sorted, so that every process takes the locks of the slots in the same order. */
function groupItems(items: readonly IngestItem[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [position, item] of items.entries()) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.positions.push(position);
    else groups.set(key, { key, alertId: newUuid(), first: item, positions: [position] });
  }
  return [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function toColumns(item: IngestItem, alertId: string): unknown[] {
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
    item.dedupWindowSeconds,
    newUuid(),
    item.actor,
    JSON.stringify(activityDetail(item)),
  ];
}

const activityDetail = ({ sourceName, alert, quarantineReason }: IngestItem) => ({
  source_name: sourceName,
  ...(alert.notes.length > 0 && { notes: alert.notes }),
  ...(quarantineReason !== undefined && { quarantined: quarantineReason }),
});

const arrayLiteral = (texts: readonly string[]): string =>
  texts.length === 0
    ? '{}'
    : `{${texts.map((text) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`).join(',')}}`;
