import { newUuid, type Severity, type StoredEvent } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { agentNow } from '../../core/agent-clock.js';

/** Proof that the caller holds a delivery; invalid once another process has claimed it. */
export type Lease = { id: string; leaseToken: string };

/** A delivery that only its holder attempts until the lease expires. */
export type ClaimedDelivery = Lease & {
  agentId: string;
  /** What is delivered: an alert or an event. */
  alertId?: string;
  event?: StoredEvent;
  revision: number;
  /** Attempts so far. */
  attemptCount: number;
  /** Those of them before it was opened last; the schedule of retries begins after them. */
  earlierAttempts: number;
  /** How long it has been open, on its agent's clock, ms. */
  openForMs: number;
  severity: Severity;
  /** When the alert was received, or the event happened. */
  receivedAt: Date;
  traceparent?: string;
  /** Made or opened again by a replay. */
  isReplay?: boolean;
};

export type ClaimRequest = {
  agentId: string;
  limit: number;
  /** The agent may be away: the delivery that was tried least is claimed, so that no single one decides. */
  isProbe?: boolean;
};

/**
 * Leases due deliveries, up to each agent's limit, so that one agent's backlog does not delay other agents: the most
 * urgent first, then those that are due longest; of those that probe an agent, the ones tried least.
 */
export async function claimDueDeliveries(
  database: Pick<Database, 'query'>,
  requests: readonly ClaimRequest[],
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const probes = requests.filter(({ isProbe }) => isProbe);
  const others = requests.filter(({ isProbe }) => !isProbe);
  return [
    ...(await claimInOrder(database, CLAIM, others, leaseMs)),
    ...(await claimInOrder(database, CLAIM_PROBES, probes, leaseMs)),
  ];
}

async function claimInOrder(
  database: Pick<Database, 'query'>,
  statement: string,
  requests: readonly ClaimRequest[],
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  if (requests.length === 0) return [];
  const leaseToken = newUuid();
  const { rows } = await database.query<ClaimedRow>(statement, [
    ...CLAIM_REQUESTS.parameters(requests),
    leaseMs,
    leaseToken,
  ]);
  return rows.map(({ traceparent, alertId, eventName, eventData, ...row }) => ({
    ...row,
    leaseToken,
    ...(alertId !== null && { alertId }),
    ...(eventName !== null && { event: { event: eventName, data: eventData ?? {} } }),
    ...(traceparent !== null && { traceparent }),
  }));
}

type ClaimedRow = Omit<ClaimedDelivery, 'traceparent' | 'leaseToken' | 'alertId' | 'event'> & {
  alertId: string | null;
  eventName: StoredEvent['event'] | null;
  eventData: StoredEvent['data'] | null;
  traceparent: string | null;
};

const CLAIM_REQUESTS = defineRows<ClaimRequest>('request', {
  agent_id: ['uuid', ({ agentId }) => agentId],
  maximum: ['int', ({ limit }) => limit],
});

const URGENCY = 'severity DESC, next_attempt_at';

const claimIn = (order: string): string => `
  WITH due AS (
    SELECT d.id
      FROM ${CLAIM_REQUESTS.from}
     CROSS JOIN LATERAL (
           SELECT id FROM deliveries
            WHERE agent_id = request.agent_id AND status = 'pending' AND kind <> 'test'
              AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY ${order} LIMIT request.maximum
              FOR UPDATE SKIP LOCKED) d
  ), claimed AS (
    UPDATE deliveries d
       SET leased_until = now() + make_interval(secs => $3::float8 / 1000), lease_token = $4::uuid
      FROM due WHERE d.id = due.id
    RETURNING d.*
  )
  SELECT c.id, c.agent_id AS "agentId", c.alert_id AS "alertId", c.revision,
         c.event AS "eventName", c.event_data AS "eventData",
         c.attempt_count AS "attemptCount", c.earlier_attempts AS "earlierAttempts",
         (extract(epoch FROM ${agentNow('agents')} - coalesce(c.opened_at, c.created_at)) * 1000)::float8 AS "openForMs",
         c.severity, coalesce(a.received_at, c.created_at) AS "receivedAt", a.traceparent, c.is_replay AS "isReplay"
    FROM claimed c JOIN agents ON agents.id = c.agent_id LEFT JOIN alerts a ON a.id = c.alert_id
   ORDER BY c.severity DESC, c.next_attempt_at`;

const CLAIM = claimIn(URGENCY);
const CLAIM_PROBES = claimIn(`attempt_count, ${URGENCY}`);

const LEASES = defineRows<Lease>('held', {
  id: ['uuid', ({ id }) => id],
  lease_token: ['uuid', ({ leaseToken }) => leaseToken],
});

/** Extends leases; returns the ids of the deliveries that the caller still holds. */
export async function renewLeases(
  database: Pick<Database, 'query'>,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>(
    `UPDATE deliveries d SET leased_until = now() + make_interval(secs => $3::float8 / 1000)
       FROM ${LEASES.from}
      WHERE d.id = held.id AND d.lease_token = held.lease_token AND d.status = 'pending'
     RETURNING d.id`,
    [...LEASES.parameters(leases), leaseMs],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Gives unattempted deliveries back for any process to claim. */
export async function releaseLeases(
  database: Pick<Database, 'query'>,
  leases: readonly Lease[],
): Promise<void> {
  await database.query(
    `UPDATE deliveries d SET leased_until = NULL, lease_token = NULL
       FROM ${LEASES.from}
      WHERE d.id = held.id AND d.lease_token = held.lease_token AND d.status = 'pending'`,
    LEASES.parameters(leases),
  );
}

/** Deliveries of one agent that one statement makes due. */
const MAX_MADE_DUE = 10_000;

/** Makes due at once what waits for its next attempt at an agent that was away and is back. */
export async function makeDue(database: Pick<Database, 'query'>, agentId: string): Promise<void> {
  await database.query(
    `UPDATE deliveries SET next_attempt_at = now()
      WHERE id IN (
        SELECT id FROM deliveries
         WHERE agent_id = $1::uuid AND status = 'pending' AND next_attempt_at > now()
         LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [agentId, MAX_MADE_DUE],
  );
}
