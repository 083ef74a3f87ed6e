import { type AlertSummary, formatTimestamp } from '@calseta/common';
import { type Database } from '../core/database.js';
import { fitRows } from '../core/fit-rows.js';
import { summaryBytes } from './alert-resource.js';
import { readSummaries } from './list/read-summaries.js';

/** Where a reader stands: behind one line of one transaction. */
export type ChangePosition = { transactionId: bigint; uuid: string };

/** A line of the activity, and its alert as it is when the line is read. */
export type AlertChange = {
  position: ChangePosition;
  uuid: string;
  at: string;
  kind: string;
  actor: string;
  detail: Record<string, unknown>;
  alert: AlertSummary;
};

export type ChangePage = {
  /** In order of their positions; a line whose alert was deleted is left out. */
  changes: AlertChange[];
  /** Behind everything that was read; where fewer than `limit` lines were there, behind all that can be read now. */
  position: ChangePosition;
  isComplete: boolean;
  /** Whether an open transaction keeps later lines from being read. */
  isHeldBack: boolean;
  /** First transaction that has not begun; no position of this database is behind it. */
  nextTransactionId: bigint;
};

/** Reads changes of alerts in an order in which none can appear before one that was read. */
export interface ChangeStore {
  read(after: ChangePosition, limit: number): Promise<ChangePage>;
  /** Behind every line that was committed by now, but for those that an open transaction holds back. */
  readEnd(): Promise<Pick<ChangePage, 'position' | 'nextTransactionId'>>;
}

/** Where a line is, without what it says. */
type Place = {
  head: string;
  next: string;
  id: string | null;
  transaction_id: string;
  alert_id: string;
};
type Line = Place & { id: string };
type Row = {
  id: string;
  at: Date;
  kind: string;
  actor: string;
  detail: Record<string, unknown>;
};

/** Bytes of the changes that are read at once, because each stream of a process holds them until its client has read them. */
const MAX_CHANGES_BYTES = 256 * 1024;
/** Each change is told with its alert. */
const ROWS = {
  table: 'activity',
  bytes: `octet_length(r.detail::text)
          + coalesce((SELECT ${summaryBytes('a')} FROM alerts a WHERE a.id = r.alert_id), 0)`,
};

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * Lines are not committed in the order of their transactions. All transactions below the oldest open one have ended, so
 * that nothing can appear there any more.
 */
const FIND = `
  SELECT s.head::text, s.next::text, c.*
    FROM (SELECT pg_snapshot_xmin(now) AS head, pg_snapshot_xmax(now) AS next
            FROM pg_current_snapshot() AS now) AS s
    LEFT JOIN LATERAL (
      SELECT id, transaction_id::text, alert_id FROM activity
       WHERE (activity.transaction_id, activity.id) > ($1::xid8, $2::uuid) AND activity.transaction_id < s.head
       ORDER BY activity.transaction_id, activity.id LIMIT $3) AS c ON true`;

const READ = `
  SELECT line.id, line.at, line.kind, line.actor, line.detail
    FROM unnest($1::uuid[], $2::uuid[]) AS given(alert_id, id)
   CROSS JOIN LATERAL (
         SELECT * FROM activity WHERE alert_id = given.alert_id AND id = given.id LIMIT 1) AS line`;

export function createChangeStore(
  database: Pick<Database, 'prisma' | 'query' | 'readLarge'>,
): ChangeStore {
  const find = async (after: ChangePosition, limit: number): Promise<Place[]> =>
    (await database.query<Place>(FIND, [String(after.transactionId), after.uuid, limit])).rows;

  return {
    async read(after, limit) {
      const places = await find(after, limit);
      const found = places.filter((place): place is Line => place.id !== null);
      const fit = await fitRows(database, ROWS, keysOf(found), MAX_CHANGES_BYTES);
      const lines = found.slice(0, fit.count);
      const isComplete = found.length < limit && lines.length === found.length;
      const { head, next } = places[0] ?? { head: '0', next: '0' };
      const end = { transactionId: BigInt(head), uuid: FIRST_UUID };
      const last = lines.at(-1);
      const read = last ? positionOf(last) : after;
      return {
        changes:
          lines.length === 0
            ? []
            : await database.readLarge(fit.bytes, async () => await readChanges(database, lines)),
        position: isComplete && isBefore(read, end) ? end : read,
        isComplete,
        isHeldBack: head !== next,
        nextTransactionId: BigInt(next),
      };
    },
    async readEnd() {
      const [row] = await find({ transactionId: 0n, uuid: FIRST_UUID }, 0);
      return {
        position: { transactionId: BigInt(row?.head ?? '0'), uuid: FIRST_UUID },
        nextTransactionId: BigInt(row?.next ?? '0'),
      };
    },
  };
}

/** In the order of the lines. */
async function readChanges(
  database: Pick<Database, 'prisma' | 'query'>,
  lines: readonly Line[],
): Promise<AlertChange[]> {
  const { id: ids, alert_id: alertIds } = keysOf(lines);
  const { rows } = await database.query<Row>(READ, [alertIds, ids]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const alerts = await readSummaries(database, [...new Set(alertIds)]);
  return lines.flatMap((line) => {
    const row = byId.get(line.id);
    const alert = alerts.get(line.alert_id);
    return row && alert ? [toChange(positionOf(line), row, alert)] : [];
  });
}

const keysOf = (lines: readonly Line[]) => ({
  id: lines.map(({ id }) => id),
  alert_id: lines.map((line) => line.alert_id),
});

/** Whether the first position comes before the second one. */
export const isBefore = (first: ChangePosition, second: ChangePosition): boolean =>
  first.transactionId === second.transactionId
    ? first.uuid < second.uuid
    : first.transactionId < second.transactionId;

const positionOf = ({ transaction_id: transactionId, id }: Line): ChangePosition => ({
  transactionId: BigInt(transactionId),
  uuid: id,
});

const toChange = (position: ChangePosition, row: Row, alert: AlertSummary): AlertChange => ({
  position,
  uuid: row.id,
  at: formatTimestamp(row.at),
  kind: row.kind,
  actor: row.actor,
  detail: row.detail,
  alert,
});
