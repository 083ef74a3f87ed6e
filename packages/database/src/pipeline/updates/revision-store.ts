import { type MessageType, newUuid, type Severity } from '@calseta/common';
import { arrayLiteral } from '../../core/array-literal.js';
import { type Connection, type Database, type Transaction } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { SWEEP_AFTER_SECONDS, type WaitingStage } from '../stage/stage-store.js';
import { decideRevision, type DueUpdate, type RevisionPolicy } from './decide-revision.js';
import { type RestartFrom } from './gather-update.js';

export { type RevisionPolicy } from './decide-revision.js';

/** What to publish for a revision that began. */
export type BegunRevision = {
  alertId: string;
  revision: number;
  severity: Severity;
  type: MessageType;
  traceparent: string | null;
};

export type BegunRevisions = {
  begun: BegunRevision[];
  /** Alerts that have just reached the hourly limit. */
  heldCount: number;
  /** Time until the next update is due, ms; null when none waits. */
  nextInMs: number | null;
};

/** Turns updates into revisions. */
export interface RevisionStore {
  /** Begins the revisions that are due; each is begun by only one of several concurrent processes. */
  beginDue(limit: number, policy: RevisionPolicy): Promise<BegunRevisions>;
}

export const createRevisionStore = (
  database: Pick<Database, 'query' | 'transaction'>,
): RevisionStore => ({
  async beginDue(limit, policy) {
    const { rows: found } = await database.query<{ id: string }>(FIND_DUE, [
      policy.gatheringMs,
      limit,
    ]);
    const revisions =
      found.length === 0
        ? { begun: [], heldCount: 0 }
        : await database.transaction(
            async (client) =>
              await begin(
                client,
                found.map(({ id }) => id),
                policy,
              ),
          );
    const { rows } = await database.query<{ ms: number | null }>(NEXT, [policy.gatheringMs]);
    return { ...revisions, nextInMs: rows[0]?.ms ?? null };
  },
});

const DUE_AT = `greatest(not_before, CASE WHEN is_urgent THEN pending_since
                                          ELSE pending_since + make_interval(secs => $1::float8 / 1000) END)`;
const FIND_DUE = `
  SELECT alert_id AS id FROM alert_updates
   WHERE pending_since IS NOT NULL AND ${DUE_AT} <= now()
   ORDER BY pending_since LIMIT $2`;
const NEXT = `
  SELECT extract(epoch FROM min(${DUE_AT}) - now())::float8 * 1000 AS ms
    FROM alert_updates WHERE pending_since IS NOT NULL`;

/** The stage at which an alert waits for the service that a revision begins with. */
const STAGE_BEFORE = {
  extract: 'ingested',
  enrich: 'extracted',
  dispatch: 'enriched',
} as const satisfies Record<RestartFrom, WaitingStage>;

type DueRow = DueUpdate & {
  id: string;
  revision: number;
  severity: Severity;
  traceparent: string | null;
  heldCount: number;
};

/** Updates of an alert change only under its lock; alerts that another process has locked are tried again later. */
async function begin(
  client: Transaction,
  ids: readonly string[],
  policy: RevisionPolicy,
): Promise<Omit<BegunRevisions, 'nextInMs'>> {
  const due = await lockDue(client, ids);
  const now = new Date();
  const decided = due.map((row) => ({ row, decision: decideRevision(row, now, policy) }));
  const starts = decided.flatMap(({ row, decision }) =>
    decision.kind === 'begin' ? [{ row, revisedAt: decision.revisedAt }] : [],
  );
  const delays = decided.flatMap(({ row, decision }) =>
    decision.kind === 'begin' ? [] : [{ row, ...decision }],
  );
  if (starts.length > 0) writeStarts(client, starts);
  const held = delays.filter(({ row, kind }) => kind === 'hold' && row.heldActivityId === null);
  if (delays.length > 0) writeDelays(client, delays, policy);
  return { begun: starts.map(({ row }) => toBegun(row)), heldCount: held.length };
}

async function lockDue(client: Connection, ids: readonly string[]): Promise<DueRow[]> {
  const { rows: locked } = await client.query<{ id: string }>(
    'SELECT id FROM alerts WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED',
    [ids],
  );
  // A separate statement, so that it sees what the previous holder of a lock committed.
  const { rows } = await client.query<DueRow>(
    `SELECT a.id, a.stage, a.revision, a.severity, a.traceparent,
            u.pending_changes AS "pendingChanges", u.pending_since AS "pendingSince",
            u.is_urgent AS "isUrgent", u.restart_from AS "restartFrom",
            u.peak_severity AS "peakSeverity", u.peak_malice AS "peakMalice", u.revised_at AS "revisedAt",
            u.held_activity_id AS "heldActivityId", u.held_count AS "heldCount"
       FROM alerts a JOIN alert_updates u ON u.alert_id = a.id
      WHERE a.id = ANY($1::uuid[]) AND u.pending_since IS NOT NULL AND u.not_before <= now()`,
    [locked.map(({ id }) => id)],
  );
  return rows;
}

const toBegun = ({ id, revision, severity, restartFrom, traceparent }: DueRow): BegunRevision => ({
  alertId: id,
  revision: revision + 1,
  severity,
  type: `alert.${STAGE_BEFORE[restartFrom]}`,
  traceparent,
});

type Start = { row: DueRow; revisedAt: Date[] };

const STARTS = defineRows<Start>('given', {
  id: ['uuid', ({ row }) => row.id],
  stage: ['text', ({ row }) => STAGE_BEFORE[row.restartFrom]],
  revised_at: ['text', ({ revisedAt }) => arrayLiteral(revisedAt.map((at) => at.toISOString()))],
  activity_id: ['uuid', () => newUuid()],
  detail: ['jsonb', ({ row }) => JSON.stringify(toDetail(row))],
});

const toDetail = ({ revision, restartFrom, pendingChanges, heldCount }: DueRow) => ({
  from: restartFrom,
  revision: revision + 1,
  previous_revision: revision,
  changes: pendingChanges,
  ...(heldCount > 0 && { held_count: heldCount }),
});

const START = `
  WITH given AS (
    SELECT * FROM ${STARTS.from}
  ), moved AS (
    UPDATE alerts a
       SET stage = given.stage::pipeline_stage, revision = a.revision + 1, stage_changed_at = now(),
           next_sweep_at = now() + make_interval(secs => ${SWEEP_AFTER_SECONDS}), sweep_count = 0,
           failure_code = NULL, failure_reason = NULL, updated_at = now(),
           enrichment_status = CASE WHEN given.stage IN ('ingested', 'extracted') THEN 'Pending' ELSE a.enrichment_status END
      FROM given WHERE a.id = given.id
    RETURNING a.id, a.revision, a.severity, coalesce(a.malice_override, a.malice) AS malice
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT activity_id, id, now(), 'revised', 'ingest-api', detail FROM given
  )
  UPDATE alert_updates u
     SET changes = u.pending_changes, revision = moved.revision, previous_revision = moved.revision - 1,
         pending_changes = '[]', pending_since = NULL, is_urgent = false, restart_from = 'extract',
         peak_severity = greatest(u.peak_severity, moved.severity),
         peak_malice = greatest(u.peak_malice, moved.malice),
         revised_at = given.revised_at::timestamptz[], held_count = 0, held_activity_id = NULL
    FROM moved JOIN given USING (id)
   WHERE u.alert_id = moved.id`;

function writeStarts(client: Transaction, starts: readonly Start[]): void {
  client.send(START, STARTS.parameters(starts));
}

type Delay = { row: DueRow; kind: 'wait' | 'hold'; until: Date };

const DELAYS = defineRows<Delay>('given', {
  id: ['uuid', ({ row }) => row.id],
  not_before: ['timestamptz', ({ until }) => until],
  activity_id: [
    'uuid',
    ({ row, kind }) => (kind === 'hold' && row.heldActivityId === null ? newUuid() : null),
  ],
});

const DELAY = `
  WITH given AS (
    SELECT * FROM ${DELAYS.from}
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT activity_id, id, now(), 'updates_held', 'ingest-api',
           jsonb_build_object('held_count', 1, 'per_hour', $${DELAYS.nextParameter}::int, 'until', not_before)
      FROM given WHERE activity_id IS NOT NULL
  )
  UPDATE alert_updates u
     SET not_before = given.not_before, held_activity_id = coalesce(given.activity_id, u.held_activity_id),
         held_count = CASE WHEN given.activity_id IS NULL THEN u.held_count ELSE 1 END
    FROM given WHERE u.alert_id = given.id`;

function writeDelays(client: Transaction, delays: readonly Delay[], { perHour }: RevisionPolicy) {
  client.send(DELAY, [...DELAYS.parameters(delays), perHour]);
}
