import { ALERT_ENRICHED, type EventData, type OperatorEvent } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { createEvents } from '../../events/create-events.js';

/**
 * Those that this transaction gave up. Events about dead deliveries are left out: two agents that tell each other of
 * their failures would never end.
 */
const FIND_DEAD = `
  SELECT d.id AS delivery_uuid, d.agent_id AS agent_uuid, agents.name AS agent_name, d.alert_id AS alert_uuid,
         coalesce(d.event, '${ALERT_ENRICHED}') AS event, d.severity, d.attempt_count, d.last_error
    FROM deliveries d JOIN agents ON agents.id = d.agent_id
   WHERE d.id = ANY ($1::uuid[]) AND d.status = 'dead' AND d.finished_at = now()::timestamptz(3)
     AND d.kind <> 'test' AND d.event IS DISTINCT FROM 'delivery.dead'
   ORDER BY d.severity DESC, d.id`;

type Nullable = 'alert_uuid' | 'last_error';
type DeadRow = Omit<EventData<'delivery.dead'>, Nullable> & Record<Nullable, string | null>;

/** Makes the events about deliveries that were given up in this transaction. */
export async function tellOfDead(
  client: Connection,
  deliveryIds: readonly string[],
): Promise<void> {
  const { rows } = await client.query<DeadRow>(FIND_DEAD, [deliveryIds]);
  await createEvents((text, values) => client.query(text, values), rows.map(toEvent));
}

const toEvent = ({ alert_uuid: alertId, last_error: error, ...data }: DeadRow): OperatorEvent => ({
  event: 'delivery.dead',
  data: {
    ...data,
    ...(alertId !== null && { alert_uuid: alertId }),
    ...(error !== null && { last_error: error }),
  },
});
