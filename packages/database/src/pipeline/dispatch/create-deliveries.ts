import { newUuid, type Severity } from '@calseta/common';
import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { agentNow } from '../../core/agent-clock.js';

/** The dispatcher's decision about one alert. */
export type Dispatch = {
  alertId: string;
  revision: number;
  /** Of the alert: the place of its deliveries in the agents' queues. */
  severity: Severity;
  deliveries: readonly NewDelivery[];
  /** Set when a mute kept the alert from being pushed. */
  muteId?: string;
  /** Detail of the activity entry: the agents that matched or not, and why. */
  activity: Record<string, unknown>;
};

export type NewDelivery = {
  /** See `deliveryIdOf`. */
  id: string;
  agentId: string;
  /** Set when the caller attempts the delivery at once; otherwise any claimant may take it. */
  leaseToken?: string;
};

/** Lease tokens by id: of two that give the same delivery, the one whose lease it is holds it. */
export type CreatedDeliveries = ReadonlyMap<string, string | undefined>;

/**
 * Moves alerts to `dispatched` and creates one delivery per matching agent, in one statement. Returns the new deliveries
 * only, by id and with their lease: none for an alert that has moved on, or whose deliveries exist.
 */
export async function createDeliveries(
  database: Pick<Database, 'query'>,
  given: readonly Dispatch[],
  leaseMs: number,
): Promise<CreatedDeliveries> {
  const dispatches = newestOf(given);
  const deliveries: DeliveryRow[] = dispatches.flatMap(({ deliveries: made, ...dispatch }) =>
    made.map((delivery) => ({ ...delivery, ...dispatch })),
  );
  const { rows } = await database.query<{ id: string; lease_token: string | null }>(CREATE, [
    ...DISPATCHES.parameters(dispatches),
    ...DELIVERIES.parameters(deliveries),
    leaseMs,
  ]);
  return new Map(rows.map(({ id, lease_token: leaseToken }) => [id, leaseToken ?? undefined]));
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

type DeliveryRow = NewDelivery & Pick<Dispatch, 'alertId' | 'revision' | 'severity'>;

const DISPATCHES = defineRows<Dispatch>('given', {
  id: ['uuid', ({ alertId }) => alertId],
  revision: ['int', ({ revision }) => revision],
  activity_id: ['uuid', () => newUuid()],
  activity: ['jsonb', ({ activity }) => JSON.stringify(activity)],
  mute_id: ['uuid', ({ muteId }) => muteId ?? null],
});
const DELIVERIES = defineRows<DeliveryRow>(
  'd',
  {
    id: ['uuid', ({ id }) => id],
    alert_id: ['uuid', ({ alertId }) => alertId],
    revision: ['int', ({ revision }) => revision],
    agent_id: ['uuid', ({ agentId }) => agentId],
    severity: ['severity', ({ severity }) => severity],
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
    SELECT a.id, given.mute_id FROM alerts a JOIN given USING (id, revision)
     WHERE a.stage = 'enriched'
     ORDER BY a.id FOR NO KEY UPDATE OF a
  ), moved AS (
    UPDATE alerts a
       SET stage = 'dispatched', stage_changed_at = now(), updated_at = now(), mute_id = standing.mute_id
      FROM standing WHERE a.id = standing.id
    RETURNING a.id, a.mute_id
  ), muting AS (
    SELECT id FROM mutes WHERE id IN (SELECT mute_id FROM given) ORDER BY id FOR NO KEY UPDATE
  ), counted AS (
    UPDATE mutes m
       SET muted_count = m.muted_count + tally.alerts, last_muted_at = now()
      FROM muting, (SELECT mute_id, count(*)::int AS alerts FROM moved GROUP BY mute_id) tally
     WHERE m.id = muting.id AND tally.mute_id = m.id
  ), noted AS (
    INSERT INTO activity (id, alert_id, at, kind, actor, detail)
    SELECT given.activity_id, given.id, now(), 'dispatched', 'dispatcher', given.activity
      FROM given WHERE given.id = ANY (ARRAY(SELECT id FROM moved))
  )
  INSERT INTO deliveries
         (id, kind, agent_id, alert_id, revision, severity, next_attempt_at, lease_token, leased_until,
          created_at, opened_at)
  SELECT d.id, 'alert', d.agent_id, d.alert_id, d.revision, d.severity, now(), d.lease_token,
         CASE WHEN d.lease_token IS NOT NULL THEN now() + make_interval(secs => ${LEASE_MS} / 1000) END,
         now(), ${agentNow('agents')}
    FROM ${DELIVERIES.from}
    JOIN agents ON agents.id = d.agent_id
   WHERE d.alert_id = ANY (ARRAY(SELECT id FROM moved))
     FOR KEY SHARE OF agents
  ON CONFLICT DO NOTHING
  RETURNING id, lease_token`;
