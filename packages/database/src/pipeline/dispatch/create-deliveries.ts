import { newUuid } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';

/** The dispatcher's decision about one alert. */
export type Dispatch = {
  alertId: string;
  revision: number;
  deliveries: readonly NewDelivery[];
  /** Detail of the activity entry: the agents that matched or not, and why. */
  activity: Record<string, unknown>;
};

export type NewDelivery = {
  id: string;
  agentId: string;
  /** Set when the caller attempts the delivery at once; otherwise any claimant may take it. */
  leaseToken?: string;
};

/**
 * Moves alerts to `dispatched` and creates one delivery per matching agent, in one statement. Returns the ids of new
 * deliveries only: none for an alert that has moved on, or whose deliveries exist.
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

/** Only the newest revision of an alert can be current; the others are stale. */
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
 * Joins and locks the agents, so that a concurrent delete does not fail the batch. Moved alerts are compared as an
 * array: joining two lists without an index costs time for each pair.
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
