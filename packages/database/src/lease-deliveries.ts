import type { Severity } from '@calseta/common';
import { type Database } from './database.js';

/** A delivery that its holder attempts, alone until the lease runs out. */
export type LeasedDelivery = {
  id: string;
  agentId: string;
  alertId: string;
  revision: number;
  /** Attempts made so far. */
  attemptCount: number;
  severity: Severity;
  receivedAt: Date;
  traceparent?: string;
};

export type Want = { agentId: string; limit: number };

/** Leases what is due, for each agent up to its limit: one agent's backlog takes no place of another's. */
export async function claimDueDeliveries(
  database: Pick<Database, 'query'>,
  wants: readonly Want[],
  leaseMs: number,
): Promise<LeasedDelivery[]> {
  const { rows } = await database.query<ClaimedRow>(CLAIM, [
    wants.map(({ agentId }) => agentId),
    wants.map(({ limit }) => limit),
    leaseMs,
  ]);
  return rows.map(({ traceparent, ...row }) => ({
    ...row,
    ...(traceparent !== null && { traceparent }),
  }));
}

type ClaimedRow = Omit<LeasedDelivery, 'traceparent'> & { traceparent: string | null };

const CLAIM = `
  WITH due AS (
    SELECT d.id
      FROM unnest($1::uuid[], $2::int[]) AS want(agent_id, maximum)
     CROSS JOIN LATERAL (
           SELECT id FROM deliveries
            WHERE agent_id = want.agent_id AND status = 'pending' AND kind = 'alert'
              AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY next_attempt_at LIMIT want.maximum
              FOR UPDATE SKIP LOCKED) d
  ), claimed AS (
    UPDATE deliveries d SET leased_until = now() + make_interval(secs => $3::float8 / 1000)
      FROM due WHERE d.id = due.id
    RETURNING d.*
  )
  SELECT c.id, c.agent_id AS "agentId", c.alert_id AS "alertId", c.revision,
         c.attempt_count AS "attemptCount", a.severity, a.received_at AS "receivedAt", a.traceparent
    FROM claimed c JOIN alerts a ON a.id = c.alert_id
   ORDER BY c.next_attempt_at`;

/** Holds on to deliveries that wait or are under way. */
export async function renewLeases(
  database: Pick<Database, 'query'>,
  deliveryIds: readonly string[],
  leaseMs: number,
): Promise<void> {
  await database.query(
    `UPDATE deliveries SET leased_until = now() + make_interval(secs => $2::float8 / 1000)
      WHERE id = ANY($1::uuid[]) AND status = 'pending'`,
    [deliveryIds, leaseMs],
  );
}

/** Gives deliveries back, unattempted, for anyone to claim. */
export async function releaseLeases(
  database: Pick<Database, 'query'>,
  deliveryIds: readonly string[],
): Promise<void> {
  await database.query(
    `UPDATE deliveries SET leased_until = NULL WHERE id = ANY($1::uuid[]) AND status = 'pending'`,
    [deliveryIds],
  );
}
