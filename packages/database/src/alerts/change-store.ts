import { type AlertSummary, formatTimestamp } from '@calseta/common';
import { type Database } from '../core/database.js';
import { readSummaries } from './list/list-alerts.js';

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

type Row = {
  head: string;
  next: string;
  id: string | null;
  transaction_id: string;
  alert_id: string;
  at: Date;
  kind: string;
  actor: string;
  detail: Record<string, unknown>;
};

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * Lines are not committed in the order of their transactions. All transactions below the oldest open one have ended, so
 * that nothing can appear there any more.
 */
const READ = `
  SELECT s.head::text, s.next::text, c.*
    FROM (SELECT pg_snapshot_xmin(now) AS head, pg_snapshot_xmax(now) AS next
            FROM pg_current_snapshot() AS now) AS s
    LEFT JOIN LATERAL (
      SELECT id, transaction_id::text, alert_id, at, kind, actor, detail FROM activity
       WHERE (activity.transaction_id, activity.id) > ($1::xid8, $2::uuid) AND activity.transaction_id < s.head
       ORDER BY activity.transaction_id, activity.id LIMIT $3) AS c ON true`;

export function createChangeStore(database: Pick<Database, 'prisma' | 'query'>): ChangeStore {
  const readRows = async (after: ChangePosition, limit: number): Promise<Row[]> =>
    (await database.query<Row>(READ, [String(after.transactionId), after.uuid, limit])).rows;

  return {
    async read(after, limit) {
      const rows = await readRows(after, limit);
      const lines = rows.filter(({ id }) => id !== null);
      const alerts =
        lines.length === 0
          ? new Map<string, AlertSummary>()
          : await readSummaries(database, [...new Set(lines.map((line) => line.alert_id))]);
      const isComplete = lines.length < limit;
      const { head, next } = rows[0] ?? { head: '0', next: '0' };
      const end = { transactionId: BigInt(head), uuid: FIRST_UUID };
      const last = lines.at(-1);
      const read = last ? positionOf(last) : after;
      return {
        changes: lines.flatMap((line) => toChange(line, alerts.get(line.alert_id))),
        position: isComplete && isBefore(read, end) ? end : read,
        isComplete,
        isHeldBack: head !== next,
        nextTransactionId: BigInt(next),
      };
    },
    async readEnd() {
      const [row] = await readRows({ transactionId: 0n, uuid: FIRST_UUID }, 0);
      return {
        position: { transactionId: BigInt(row?.head ?? '0'), uuid: FIRST_UUID },
        nextTransactionId: BigInt(row?.next ?? '0'),
      };
    },
  };
}

/** Whether the first position comes before the second one. */
export const isBefore = (first: ChangePosition, second: ChangePosition): boolean =>
  first.transactionId === second.transactionId
    ? first.uuid < second.uuid
    : first.transactionId < second.transactionId;

const positionOf = (row: Row): ChangePosition => ({
  transactionId: BigInt(row.transaction_id),
  uuid: row.id ?? FIRST_UUID,
});

const toChange = (row: Row, alert: AlertSummary | undefined): AlertChange[] =>
  alert === undefined
    ? []
    : [
        {
          position: positionOf(row),
          uuid: row.id ?? '',
          at: formatTimestamp(row.at),
          kind: row.kind,
          actor: row.actor,
          detail: row.detail,
          alert,
        },
      ];
