import { newUuid } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';

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
  const deliveries: DeliveryRow[] = dispatches.flatMap(({ alertId, revision, deliveries: made }) =>
    made.map((delivery) => ({ ...delivery, alertId, revision })),
  );
  const { rows } = await database.query<{ id: string }>(CREATE, [
    ...DISPATCHES.parameters(dispatches),
    ...DELIVERIES.parameters(deliveries),
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

type DeliveryRow = NewDelivery & Pick<Dispatch, 'alertId' | 'revision'>;

const DISPATCHES = defineRows<Dispatch>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  revision: ['int', ({ revision }) => revision],
  activity_id: ['uuid', () => newUuid()],
  activity: ['jsonb', ({ activity }) => JSON.stringify(activity)],
});
const DELIVERIES = defineRows<DeliveryRow>(
  'd',
  {
    id: ['uuid', ({ id }) => id],
    alert_id: ['uuid', ({ alertId }) => alertId],
    revision: ['int', ({ revision }) => revision],
    agent_id: ['uuid', ({ agentId }) => agentId],
    lease_token: ['uuid', ({ leaseToken }) => leaseToken ?? null],
  },
  { firstParameter: DISPATCHES.nextParameter },
);
const LEASE_MS = `$${DELIVERIES.nextParameter}::float8`;

/**
 * Joins agents and locks their rows, so that one deleted meanwhile does not fail the batch. What was moved is
 * compared as an array: joining lists that no index is on costs a plan node's work for each pair.
 */
const CREATE = `
  WITH given AS (
    SELECT * FROM ${DISPATCHES.from}
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
         CASE WHEN d.lease_token IS NOT NULL THEN now() + make_interval(secs => ${LEASE_MS} / 1000) END, now()
    FROM ${DELIVERIES.from}
    JOIN agents ON agents.id = d.agent_id
   WHERE d.alert_id = ANY (ARRAY(SELECT id FROM moved))
     FOR KEY SHARE OF agents
  ON CONFLICT (alert_id, agent_id, revision) DO NOTHING
  RETURNING id`;
