import { newUuid } from '@calseta/common';
import { type Database } from '../../core/database.js';

/** What the dispatcher decided about one alert. */
export type Dispatch = {
  alertId: string;
  revision: number;
  deliveries: readonly NewDelivery[];
  /** Detail of the activity row: which agents matched, which not, and why. */
  activity: Record<string, unknown>;
};

export type NewDelivery = {
  id: string;
  agentId: string;
  /** Set by a caller who attempts it at once; otherwise whoever claims it first does. */
  leaseToken?: string;
};

/**
 * Moves alerts to `dispatched`, with one delivery for each matching agent, in one statement. Returns the ids
 * of the deliveries made: none where the alert has moved on, or where they had been made before.
 */
export async function createDeliveries(
  database: Pick<Database, 'query'>,
  given: readonly Dispatch[],
  leaseMs: number,
): Promise<Set<string>> {
  const dispatches = newestOf(given);
  const deliveries = dispatches.flatMap(({ alertId, revision, deliveries: made }) =>
    made.map((delivery) => ({ ...delivery, alertId, revision })),
  );
  const { rows } = await database.query<{ id: string }>(CREATE, [
    dispatches.map(({ alertId }) => alertId),
    dispatches.map(({ revision }) => revision),
    dispatches.map(() => newUuid()),
    dispatches.map(({ activity }) => JSON.stringify(activity)),
    deliveries.map(({ id }) => id),
    deliveries.map(({ alertId }) => alertId),
    deliveries.map(({ revision }) => revision),
    deliveries.map(({ agentId }) => agentId),
    deliveries.map(({ leaseToken }) => leaseToken ?? null),
    leaseMs,
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Of one alert only the newest revision can stand; others are stale. */
function newestOf(dispatches: readonly Dispatch[]): Dispatch[] {
  const newest = new Map<string, Dispatch>();
  for (const dispatch of dispatches) {
    const other = newest.get(dispatch.alertId);
    if (!other || other.revision < dispatch.revision) newest.set(dispatch.alertId, dispatch);
  }
  return [...newest.values()];
}

/**
 * Joins agents and locks their rows, so that one deleted meanwhile does not fail the batch. What was moved is
 * compared as an array: joining lists that no index is on costs a plan node's work for each pair.
 */
const CREATE = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::jsonb[])
                    AS g(id, revision, activity_id, activity)
  ), standing AS (
    SELECT a.id FROM alerts a JOIN given USING (id, revision)
     WHERE a.stage = 'enriched'
     ORDER BY a.id FOR NO KEY UPDATE OF a
  ), moved AS (
    UPDATE alerts a
       SET stage = 'dispatched', stage_changed_at = now(), updated_at = now()
      FROM standing WHERE a.id = standing.id
    RETURNING a.id
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT given.activity_id, given.id, now(), 'dispatched', 'dispatcher', given.activity
      FROM given WHERE given.id = ANY (ARRAY(SELECT id FROM moved))
  )
  INSERT INTO deliveries
         (id, kind, agent_id, alert_id, revision, next_attempt_at, lease_token, leased_until, created_at)
  SELECT d.id, 'alert', d.agent_id, d.alert_id, d.revision, now(), d.lease_token,
         CASE WHEN d.lease_token IS NOT NULL THEN now() + make_interval(secs => $10::float8 / 1000) END, now()
    FROM unnest($5::uuid[], $6::uuid[], $7::int[], $8::uuid[], $9::uuid[])
           AS d(id, alert_id, revision, agent_id, lease_token)
    JOIN agents ON agents.id = d.agent_id
   WHERE d.alert_id = ANY (ARRAY(SELECT id FROM moved))
     FOR KEY SHARE OF agents
  ON CONFLICT (alert_id, agent_id, revision) DO NOTHING
  RETURNING id`;
