import { newUuid } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { columnNames, type Columns, defineRows, type Rows, storedValues } from '../../core/rows.js';
import { SWEEP_AFTER_SECONDS } from '../stage/stage-store.js';
import {
  CLAIM_COLUMNS,
  COMMON_COLUMNS,
  isPlain,
  type NewAlert,
  RARE_COLUMNS,
} from './claim-columns.js';
import { type IngestItem } from './ingest-item.js';
import { TAKE_OVER_SLOT } from './take-over-slot.js';

/** The slot of a source without deduplication names its last alert. */
const POINT_SLOTS = `pointed AS (
    INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
    SELECT DISTINCT ON (source_name, dedup_key) source_name, dedup_key, id, clock_timestamp()
      FROM given WHERE is_alone ORDER BY source_name, dedup_key, position DESC
    ON CONFLICT (source_name, dedup_key) DO UPDATE
       SET alert_id = excluded.alert_id, previous_alert_id = NULL, expires_at = excluded.expires_at
  ),`;

type ClaimStatement = { text: string; parameters: Rows<NewAlert>['parameters'] };

const CLAIM_PLAIN = claimStatement(COMMON_COLUMNS, {});
const CLAIM_ANY = claimStatement(
  { ...COMMON_COLUMNS, ...RARE_COLUMNS },
  { is_alone: ['bool', ({ isAlone }) => isAlone] },
);

// One statement, so that a batch of new alerts is one round trip and one commit. A new alert takes over an expired
// slot; of several equal alerts at once, one gets the slot and the others wait for it.
function claimStatement(alert: Columns<NewAlert>, alone: Columns<NewAlert>): ClaimStatement {
  const mayBeAlone = 'is_alone' in alone;
  const given = defineRows('given', { ...alert, ...CLAIM_COLUMNS, ...alone }, { isNumbered: true });
  const text = `
  WITH given AS (
    SELECT * FROM ${given.from}
  ), slots AS (
    INSERT INTO dedup_slots AS slot (source_name, dedup_key, alert_id, expires_at)
    SELECT source_name, dedup_key, id, clock_timestamp() + make_interval(secs => window_seconds)
      FROM given ${mayBeAlone ? 'WHERE NOT is_alone' : ''} ORDER BY position
    ${TAKE_OVER_SLOT}
    RETURNING slot.source_name, slot.dedup_key, slot.alert_id, slot.previous_alert_id
  ), ${mayBeAlone ? POINT_SLOTS : ''} taken_over AS MATERIALIZED (
    SELECT alert_id, previous_alert_id FROM slots WHERE previous_alert_id IS NOT NULL
  ), stored AS (
    INSERT INTO alerts (${columnNames(alert)},
                        last_seen_at, previous_alert_id, stage_changed_at, next_sweep_at)
    SELECT ${storedValues(alert)},
           received_at, (SELECT previous_alert_id FROM taken_over WHERE alert_id = id),
           now(), now() + make_interval(secs => ${SWEEP_AFTER_SECONDS})
    FROM given
    WHERE ${mayBeAlone ? 'is_alone OR' : ''} id = ANY (ARRAY(SELECT alert_id FROM slots))
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
  return { text, parameters: given.parameters };
}

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
  const { text, parameters } = groups.every(isPlain) ? CLAIM_PLAIN : CLAIM_ANY;
  const { rows: slots } = await database.query<SlotRow>(text, parameters(groups));
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
