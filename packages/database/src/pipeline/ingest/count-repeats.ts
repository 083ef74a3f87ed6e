import { newUuid } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { type IngestItem } from './ingest-item.js';

/** An item that repeats a stored alert. */
export type Repeat = { alertId: string; item: IngestItem };

/**
 * Counts repeats whose payload is known and that change nothing, with one update per alert. Returns the repeat count of
 * the alert after each item, in the order given; undefined for repeats that were not counted.
 */
export async function countRepeats(
  database: Pick<Database, 'query'>,
  repeats: readonly Repeat[],
): Promise<(number | undefined)[]> {
  const groups = groupRepeats(repeats);
  const { rows } = await database.query<CountedRow>(COUNT, GROUPS.parameters(groups));
  const counted = new Map(rows.map((row) => [keyOf(row), row.count]));
  const isCounted = (repeat: Repeat) => counted.has(groupKey(repeat));
  const left = new Map<string, number>();
  for (const { alertId } of repeats.filter(isCounted)) {
    left.set(alertId, (left.get(alertId) ?? 0) + 1);
  }
  return repeats.map((repeat) => {
    const count = counted.get(groupKey(repeat));
    if (count === undefined) return undefined;
    const after = (left.get(repeat.alertId) ?? 1) - 1;
    left.set(repeat.alertId, after);
    return count - after;
  });
}

type Group = { alertId: string; first: IngestItem; count: number; seenAt: Date };
type CountedRow = { id: string; fingerprint: string; severity: string | null; count: number };

/** Under `follow` a known payload may change the severity back. */
const followedSeverity = ({ onUpdate, alert: { severity } }: IngestItem): string | null =>
  onUpdate === 'follow' && severity !== 'Pending' ? severity : null;

const keyOf = ({ id, fingerprint, severity }: Omit<CountedRow, 'count'>): string =>
  `${id} ${fingerprint} ${severity ?? ''}`;
const groupKey = ({ alertId, item }: Repeat): string =>
  keyOf({ id: alertId, fingerprint: item.fingerprint, severity: followedSeverity(item) });

/** Groups repeats of the same alert; the end of an alert is none. */
function groupRepeats(repeats: readonly Repeat[]): Group[] {
  const groups = new Map<string, Group>();
  for (const repeat of repeats) {
    const { alertId, item } = repeat;
    if (item.alert.isEnd) continue;
    const key = groupKey(repeat);
    const group = groups.get(key) ?? { alertId, first: item, count: 0, seenAt: item.receivedAt };
    group.count += 1;
    if (item.receivedAt > group.seenAt) group.seenAt = item.receivedAt;
    groups.set(key, group);
  }
  return [...groups.values()];
}

const GROUPS = defineRows<Group>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  fingerprint: ['text', ({ first }) => first.fingerprint],
  severity: ['text', ({ first }) => followedSeverity(first)],
  repeats: ['int', ({ count }) => count],
  seen_at: ['timestamptz', ({ seenAt }) => seenAt],
  activity_id: ['uuid', () => newUuid()],
  actor: ['text', ({ first }) => first.actor],
});

// Locks alerts in id order, as every other stage does.
const COUNT = `
  WITH given AS (
    SELECT * FROM ${GROUPS.from}
  ), locked AS MATERIALIZED (
    SELECT id, fingerprint, severity, severity_is_set FROM alerts
     WHERE id = ANY (ARRAY(SELECT id FROM given)) AND status <> 'Closed' AND source_ended_at IS NULL
     ORDER BY id FOR NO KEY UPDATE
  ), said AS MATERIALIZED (
    SELECT given.* FROM given JOIN locked USING (id)
     WHERE (given.severity IS NULL OR locked.severity_is_set OR given.severity::severity = locked.severity)
       AND (given.fingerprint = locked.fingerprint
            OR EXISTS (SELECT FROM alert_occurrences kept
                        WHERE kept.alert_id = given.id AND kept.fingerprint = given.fingerprint))
  ), counted AS (
    UPDATE alerts
       SET duplicate_count = duplicate_count + sums.repeats, unchanged_count = unchanged_count + sums.repeats,
           last_seen_at = greatest(last_seen_at, sums.seen_at), updated_at = now()
      FROM (SELECT id, sum(repeats)::int AS repeats, max(seen_at) AS seen_at,
                   (array_agg(activity_id))[1] AS activity_id, (array_agg(actor))[1] AS actor
              FROM said GROUP BY id) AS sums
     WHERE alerts.id = sums.id
    RETURNING alerts.id, alerts.duplicate_count AS count, alerts.unchanged_count = sums.repeats AS is_first,
              sums.activity_id, sums.actor, sums.seen_at
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT activity_id, id, seen_at, 'repeated', actor, '{}' FROM counted WHERE is_first
  )
  SELECT said.id, said.fingerprint, said.severity, counted.count FROM said JOIN counted USING (id)`;
