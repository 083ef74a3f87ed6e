import { type AttemptOutcome, newUuid } from '@calseta/common';
import { type Connection, type Database } from '../../core/database.js';
import { columnNames, type Columns, defineRows } from '../../core/rows.js';
import { tellOfDead } from './tell-of-dead.js';

/** One delivery attempt and its result. */
export type AttemptRecord = {
  deliveryId: string;
  /** Lease of the attempt; a test push has none. */
  leaseToken?: string | undefined;
  agentId: string;
  number: number;
  startedAt: Date;
  durationMs: number;
  outcome: AttemptOutcome;
  statusCode?: number | undefined;
  /** Truncated and free of secrets. */
  responseBody?: string | undefined;
  error?: string | undefined;
  /** What was odd about the answer, though it decides nothing. */
  note?: string | undefined;
  status: 'delivered' | 'dead' | 'pending';
  /** For `pending`: delay of the next attempt. */
  retryDelayMs?: number | undefined;
  /** Estimated tokens of the body; undefined keeps the earlier estimate. */
  tokens?: number | undefined;
  /** The caller attempts the delivery again at once, under the same lease. */
  keepsLease?: boolean | undefined;
  /** Whether the attempt counts towards the agent's health; test pushes and faults of one alert do not. */
  isCounted: boolean;
  /** For how long the caller leaves the agent alone after this attempt; undefined: not at all. */
  breakerWaitMs?: number | undefined;
};

/** How an agent fares after some attempts. */
export type AgentFailures = {
  /** Failed attempts in a row that are its own fault. */
  count: number;
  /** Time since the first of them. */
  forMs: number;
};

/**
 * Writes attempts in one statement; returns the failures of each agent, where there are any. An attempt whose lease was
 * lost does not change its delivery, unless it succeeded: a successful delivery is always recorded. Of deliveries that
 * are given up, the same transaction tells the agents that want to know.
 */
export async function recordAttempts(
  database: Pick<Database, 'query' | 'transaction'>,
  records: readonly AttemptRecord[],
): Promise<Map<string, AgentFailures>> {
  const dead = records.flatMap(({ status, deliveryId }) => (status === 'dead' ? [deliveryId] : []));
  if (dead.length === 0) return await write(database, records);
  return await database.transaction(async (client) => {
    const failures = await write(client, records);
    await tellOfDead(client, dead);
    return failures;
  });
}

async function write(
  database: Connection,
  records: readonly AttemptRecord[],
): Promise<Map<string, AgentFailures>> {
  const tallies = tallyAgents(records);
  const { rows } = await database.query<{ id: string } & AgentFailures>(RECORD, [
    ...RECORDS.parameters(records),
    ...TALLIES.parameters(tallies),
  ]);
  return new Map(rows.map(({ id, ...failures }) => [id, failures]));
}

type Tally = {
  agentId: string;
  hasSucceeded: boolean;
  failures: number;
  error?: string | undefined;
  breakerWaitMs?: number | undefined;
};

/** A success resets the failure count. Sorted by id, so that batches do not deadlock. */
function tallyAgents(records: readonly AttemptRecord[]): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { agentId, status, isCounted, error, breakerWaitMs } of records) {
    if (!isCounted) continue;
    const tally = tallies.get(agentId) ?? { agentId, hasSucceeded: false, failures: 0 };
    tallies.set(
      agentId,
      status === 'delivered'
        ? { ...tally, hasSucceeded: true, failures: 0, breakerWaitMs }
        : { ...tally, failures: tally.failures + 1, error, breakerWaitMs },
    );
  }
  return [...tallies.values()].sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
}

const ATTEMPT: Columns<AttemptRecord> = {
  id: ['uuid', () => newUuid()],
  delivery_id: ['uuid', ({ deliveryId }) => deliveryId],
  number: ['int', ({ number }) => number],
  started_at: ['timestamptz', ({ startedAt }) => startedAt],
  duration_ms: ['int', ({ durationMs }) => durationMs],
  outcome: ['text', ({ outcome }) => outcome],
  status_code: ['int', ({ statusCode }) => statusCode ?? null],
  response_body: ['text', ({ responseBody }) => responseBody ?? null],
  error: ['text', ({ error }) => error ?? null],
  note: ['text', ({ note }) => note ?? null],
};
const RECORDS = defineRows<AttemptRecord>('g', {
  ...ATTEMPT,
  status: ['delivery_status', ({ status }) => status],
  retry_delay_ms: ['float8', ({ retryDelayMs }) => retryDelayMs ?? 0],
  activity_id: ['uuid', () => newUuid()],
  lease_token: ['uuid', ({ leaseToken }) => leaseToken ?? null],
  tokens: ['int', ({ tokens }) => tokens ?? null],
  keeps_lease: ['boolean', ({ keepsLease }) => keepsLease === true],
});
const TALLIES = defineRows<Tally>(
  'tally',
  {
    id: ['uuid', ({ agentId }) => agentId],
    has_succeeded: ['boolean', ({ hasSucceeded }) => hasSucceeded],
    failures: ['int', ({ failures }) => failures],
    error: ['text', ({ error }) => error ?? null],
    breaker_wait_ms: ['float8', ({ breakerWaitMs }) => breakerWaitMs ?? null],
  },
  { firstParameter: RECORDS.nextParameter },
);

/** Joins and locks deliveries, so that a concurrent delete does not fail the batch. */
const RECORD = `
  WITH given AS (
    SELECT g.*, d.alert_id, d.agent_id, d.status AS standing_status
      FROM ${RECORDS.from}
      JOIN deliveries d ON d.id = g.delivery_id
       FOR KEY SHARE OF d
  ), attempts AS (
    INSERT INTO delivery_attempts (${columnNames(ATTEMPT)})
    SELECT ${columnNames(ATTEMPT)} FROM given
  ), finished AS (
    UPDATE deliveries d
       SET status = given.status, attempt_count = greatest(d.attempt_count, given.number),
           last_error = given.error, pushed_tokens = coalesce(given.tokens, d.pushed_tokens),
           leased_until = CASE WHEN given.keeps_lease THEN d.leased_until END,
           lease_token = CASE WHEN given.keeps_lease THEN d.lease_token END,
           next_attempt_at = now() + make_interval(secs => given.retry_delay_ms / 1000),
           finished_at = CASE WHEN given.status = 'pending' THEN NULL ELSE now() END
      FROM given
     WHERE d.id = given.delivery_id
       AND CASE given.status
             WHEN 'delivered' THEN d.status <> 'delivered'
             ELSE d.status = 'pending' AND d.lease_token IS NOT DISTINCT FROM given.lease_token
           END
    RETURNING d.id, d.status
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT given.activity_id, given.alert_id, now(), 'delivery.attempted', 'dispatcher',
           jsonb_strip_nulls(jsonb_build_object(
             'delivery_uuid', delivery_id, 'agent_uuid', agent_id, 'agent', agents.name,
             'attempt', number, 'outcome', outcome, 'status_code', status_code,
             'duration_ms', duration_ms, 'error', error, 'note', note,
             'delivery_status', coalesce(
               (SELECT finished.status FROM finished WHERE finished.id = delivery_id), standing_status)))
      FROM given JOIN agents ON agents.id = given.agent_id
     WHERE given.alert_id IS NOT NULL
  )
  UPDATE agents a
     SET consecutive_failures =
           tally.failures + CASE WHEN tally.has_succeeded THEN 0 ELSE a.consecutive_failures END,
         failing_since = CASE WHEN tally.failures = 0 THEN NULL
                              WHEN tally.has_succeeded THEN now()
                              ELSE coalesce(a.failing_since, now()) END,
         last_error = coalesce(tally.error, a.last_error),
         last_error_at = CASE WHEN tally.error IS NULL THEN a.last_error_at ELSE now() END,
         breaker_open_until = now() + make_interval(secs => tally.breaker_wait_ms / 1000)
    FROM ${TALLIES.from}
   WHERE a.id = tally.id
     AND (tally.failures > 0 OR tally.error IS NOT NULL OR a.consecutive_failures > 0)
  RETURNING a.id, a.consecutive_failures AS count,
            coalesce(extract(epoch FROM now() - a.failing_since) * 1000, 0)::float8 AS "forMs"`;
