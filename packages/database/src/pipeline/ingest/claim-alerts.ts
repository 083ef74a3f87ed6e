import { newUuid, type PipelineStage } from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Connection } from '../../core/database.js';
import { type IngestItem } from './ingest-item.js';
import {
  type Column,
  columnNames,
  type Columns,
  defineRows,
  storedValues,
} from '../../core/rows.js';
import { SWEEP_AFTER_SECONDS } from '../stage/stage-store.js';
import { TAKE_OVER_SLOT } from './take-over-slot.js';

/** The first item of a group, and the id of its possible alert. */
type NewAlert = {
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
const ALERT: Columns<NewAlert> = {
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
  original_body: ['bytea', ({ first }) => first.original ?? null],
  traceparent: ['text', ({ first }) => first.traceparent ?? null],
  stage: ['text', ({ first }) => stageOf(first), 'stage::pipeline_stage'],
  failure_code: ['text', ({ first }) => quarantineCodeOf(first)],
  failure_reason: ['text', ({ first }) => first.quarantineReason ?? null],
  fingerprint: ['text', ({ first }) => first.fingerprint],
  source_status: ['text', ({ first }) => first.alert.sourceStatus ?? null],
  source_ended_at: ['timestamptz', ({ first }) => (first.alert.isEnd ? first.receivedAt : null)],
};

const GIVEN = defineRows<NewAlert>(
  'given',
  {
    ...ALERT,
    window_seconds: ['int', windowOf],
    is_alone: ['bool', ({ isAlone }) => isAlone],
    activity_id: ['uuid', () => newUuid()],
    actor: ['text', ({ first }) => first.actor],
    detail: ['jsonb', ({ first }) => JSON.stringify(activityDetail(first))],
  },
  { isNumbered: true },
);

// One statement, so that a batch of new alerts is one round trip and one commit. A new alert takes over an expired
// slot; of several equal alerts at once, one gets the slot and the others wait for it.
const CLAIM = `
  WITH given AS (
    SELECT * FROM ${GIVEN.from}
  ), slots AS (
    INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
    SELECT source_name, dedup_key, id, clock_timestamp() + make_interval(secs => window_seconds)
      FROM given WHERE NOT is_alone ORDER BY position
    ${TAKE_OVER_SLOT}
    RETURNING slot.source_name, slot.dedup_key, slot.alert_id, slot.previous_alert_id
  ), pointed AS (
    INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
    SELECT DISTINCT ON (source_name, dedup_key) source_name, dedup_key, id, clock_timestamp()
      FROM given WHERE is_alone ORDER BY source_name, dedup_key, position DESC
    ON CONFLICT (source_name, dedup_key) DO UPDATE
       SET alert_id = excluded.alert_id, previous_alert_id = NULL, expires_at = excluded.expires_at
  ), taken_over AS MATERIALIZED (
    SELECT alert_id, previous_alert_id FROM slots WHERE previous_alert_id IS NOT NULL
  ), stored AS (
    INSERT INTO alerts (${columnNames(ALERT)},
                        last_seen_at, previous_alert_id, stage_changed_at, next_sweep_at,
                        status, closed_at)
    SELECT ${storedValues(ALERT)},
           received_at, (SELECT previous_alert_id FROM taken_over WHERE alert_id = id),
           now(),
           now() + make_interval(secs => ${SWEEP_AFTER_SECONDS}),
           (CASE WHEN source_ended_at IS NULL THEN 'Open' ELSE 'Closed' END)::alert_status, source_ended_at
    FROM given
    WHERE is_alone OR id = ANY (ARRAY(SELECT alert_id FROM slots))
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

/** The alert of an item: a new one, or an earlier one that the item repeats. */
export type Claim = { alertId: string; isStored: boolean };

type SlotRow = { sourceName: string; dedupKey: string; alertId: string };

/** Claims the slot of each item's key and stores the alerts that got one; returns claims in the order of the items. */
export async function claimAlerts(
  database: Connection,
  items: readonly IngestItem[],
): Promise<Claim[]> {
  const claims: Claim[] = [];
  const ended = await findEnded(database, items);
  const groups = groupItems(items, ended);
  const { rows: slots } = await database.query<SlotRow>(CLAIM, GIVEN.parameters(groups));
  const standing = new Map(slots.map((slot) => [keyOf(slot), slot.alertId]));
  for (const { key, alertId, isAlone, positions } of groups) {
    const standingId = isAlone ? alertId : standing.get(key);
    if (standingId === undefined) throw new Error('A claimed slot was not returned.');
    positions.forEach((position, index) => {
      claims[position] = { alertId: standingId, isStored: index === 0 && standingId === alertId };
    });
  }
  for (const [position, alertId] of ended) claims[position] = { alertId, isStored: false };
  return claims;
}

const ENDS = defineRows<{ item: IngestItem; position: number }>('given', {
  source_name: ['text', ({ item }) => item.sourceName],
  dedup_key: ['text', ({ item }) => item.dedupKey],
  position: ['int', ({ position }) => position],
});

/** Finds the alerts that end, also long after their window: the slot still names them. Keyed by item position. */
async function findEnded(
  database: Connection,
  items: readonly IngestItem[],
): Promise<Map<number, string>> {
  const ends = items.flatMap((item, position) => (item.alert.isEnd ? [{ item, position }] : []));
  if (ends.length === 0) return new Map();
  const { rows } = await database.query<{ position: number; alertId: string }>(
    `SELECT given.position, slot.alert_id AS "alertId"
       FROM ${ENDS.from} JOIN dedup_slots slot USING (source_name, dedup_key)`,
    ENDS.parameters(ends),
  );
  return new Map(rows.map(({ position, alertId }) => [position, alertId]));
}

const keyOf = ({ sourceName, dedupKey }: Pick<IngestItem, 'sourceName' | 'dedupKey'>) =>
  `${sourceName}\n${dedupKey}`;

/** Items of one batch with the same key: the first may become an alert, the others repeat it. */
type Group = NewAlert & { key: string; positions: number[] };

/** Sorted, so that all processes lock slots in the same order. Without a dedup window each item is its own group. */
function groupItems(items: readonly IngestItem[], ended: ReadonlyMap<number, string>): Group[] {
  const groups = new Map<string, Group>();
  for (const [position, item] of items.entries()) {
    if (ended.has(position)) continue;
    const isAlone = item.dedupWindowSeconds === 0 && !item.alert.isEnd;
    const alertId = newUuid();
    const key = keyOf(item);
    const group = groups.get(key);
    if (group && !isAlone) group.positions.push(position);
    else {
      const name = isAlone ? `${key}\n${alertId}` : key;
      groups.set(name, { key, alertId, first: item, isAlone, positions: [position] });
    }
  }
  return [...groups.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

export const quarantineCodeOf = ({
  quarantineReason,
  quarantineCode,
}: IngestItem): string | null =>
  quarantineReason === undefined ? null : (quarantineCode ?? 'payload.unreadable');

const activityDetail = ({ sourceName, alert, quarantineReason }: IngestItem) => ({
  source_name: sourceName,
  ...(alert.notes.length > 0 && { notes: alert.notes }),
  ...(quarantineReason !== undefined && { quarantined: quarantineReason }),
});
