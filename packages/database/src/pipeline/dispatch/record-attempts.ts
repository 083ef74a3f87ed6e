import { type AttemptOutcome, newUuid } from '@calseta/common';
import { type Database } from '../../core/database.js';

/** One attempt at a delivery, and what follows from it. */
export type AttemptRecord = {
  deliveryId: string;
  /** Of the lease under which it was made; a test has none. */
  leaseToken?: string;
  agentId: string;
  number: number;
  startedAt: Date;
  durationMs: number;
  outcome: AttemptOutcome;
  statusCode?: number;
  /** Bounded and free of secrets. */
  responseBody?: string;
  error?: string;
  status: 'delivered' | 'dead' | 'pending';
  /** For `pending`: when to try again. */
  retryDelayMs?: number;
  /** Whether it says something about the agent's health: a test does not. */
  isCounted: boolean;
};

/**
 * Writes attempts in one statement, and returns each agent's failures in a row after them. One made under
 * a lease that was lost leaves its delivery to the new holder, unless it got through: what was delivered
 * is delivered.
 */
export async function recordAttempts(
  database: Pick<Database, 'query'>,
  records: readonly AttemptRecord[],
): Promise<Map<string, number>> {
  const tallies = tallyAgents(records);
  const { rows } = await database.query<{ id: string; failures: number }>(RECORD, [
    records.map(() => newUuid()),
    records.map(({ deliveryId }) => deliveryId),
    records.map(({ number }) => number),
    records.map(({ startedAt }) => startedAt),
    records.map(({ durationMs }) => durationMs),
    records.map(({ outcome }) => outcome),
    records.map(({ statusCode }) => statusCode ?? null),
    records.map(({ responseBody }) => responseBody ?? null),
    records.map(({ error }) => error ?? null),
    records.map(({ status }) => status),
    records.map(({ retryDelayMs }) => retryDelayMs ?? 0),
    records.map(() => newUuid()),
    records.map(({ leaseToken }) => leaseToken ?? null),
    tallies.map(({ agentId }) => agentId),
    tallies.map(({ hasSucceeded }) => hasSucceeded),
    tallies.map(({ failures }) => failures),
  ]);
  return new Map(rows.map(({ id, failures }) => [id, failures]));
}

type Tally = { agentId: string; hasSucceeded: boolean; failures: number };

/** A success starts the count of failures again. In the order of ids, so that batches do not deadlock. */
function tallyAgents(records: readonly AttemptRecord[]): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { agentId, status, isCounted } of records) {
    if (!isCounted) continue;
    const tally = tallies.get(agentId) ?? { agentId, hasSucceeded: false, failures: 0 };
    tallies.set(
      agentId,
      status === 'delivered'
        ? { agentId, hasSucceeded: true, failures: 0 }
        : { ...tally, failures: tally.failures + 1 },
    );
  }
  return [...tallies.values()].sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
}

/** Joins deliveries, so that one deleted meanwhile does not fail the batch. */
const RECORD = `
  WITH given AS (
    SELECT g.*, d.alert_id, d.agent_id, d.status AS standing_status
      FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::int[], $6::text[],
                  $7::int[], $8::text[], $9::text[], $10::delivery_status[], $11::float8[], $12::uuid[],
                  $13::uuid[])
             AS g(id, delivery_id, number, started_at, duration_ms, outcome,
                  status_code, response_body, error, status, retry_delay_ms, activity_id,
                  lease_token)
      JOIN deliveries d ON d.id = g.delivery_id
  ), attempts AS (
    INSERT INTO delivery_attempts
           (id, delivery_id, number, started_at, duration_ms, outcome, status_code, response_body, error)
    SELECT id, delivery_id, number, started_at, duration_ms, outcome, status_code, response_body, error
      FROM given
  ), finished AS (
    UPDATE deliveries d
       SET status = given.status, attempt_count = greatest(d.attempt_count, given.number),
           last_error = given.error, leased_until = NULL, lease_token = NULL,
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
             'duration_ms', duration_ms, 'error', error,
             'delivery_status', coalesce(
               (SELECT finished.status FROM finished WHERE finished.id = delivery_id), standing_status)))
      FROM given JOIN agents ON agents.id = given.agent_id
     WHERE given.alert_id IS NOT NULL
  )
  UPDATE agents a
     SET consecutive_failures =
           tally.failures + CASE WHEN tally.has_succeeded THEN 0 ELSE a.consecutive_failures END
    FROM unnest($14::uuid[], $15::boolean[], $16::int[]) AS tally(id, has_succeeded, failures)
   WHERE a.id = tally.id AND (tally.failures > 0 OR a.consecutive_failures > 0)
  RETURNING a.id, a.consecutive_failures AS failures`;
