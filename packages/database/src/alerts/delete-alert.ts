import { type Database } from '../core/database.js';
import { subtractAlerts } from '../pipeline/sightings/count-verdicts.js';
import { lockIndicators } from '../pipeline/sightings/lock-indicators.js';

const LOCK = 'SELECT 1 FROM alerts WHERE id = $1 FOR NO KEY UPDATE';

/** First, since whoever records an attempt holds its delivery and then writes about the alert. */
const DELETE_DELIVERIES = 'DELETE FROM deliveries WHERE alert_id = $1';

const DELETE_SLOT = `
  DELETE FROM dedup_slots slot USING alerts a
   WHERE a.id = $1 AND slot.alert_id = a.id
     AND (slot.source_name, slot.dedup_key) = (a.source_name, a.dedup_key)`;

/** Everything else that hangs on an alert goes with it; runs of workflows stay. */
const DELETE_ALERT = 'DELETE FROM alerts WHERE id = $1';

/**
 * Deletes an alert with what hangs on it, and takes it out of the counters of its indicators. Its next repeat becomes a
 * new alert. False for an unknown alert.
 */
export const deleteAlert = async (
  { transaction }: Pick<Database, 'transaction'>,
  uuid: string,
): Promise<boolean> =>
  await transaction(async (client) => {
    const { rowCount } = await client.query(LOCK, [uuid]);
    if (rowCount === 0) return false;
    lockIndicators(client, { ofAlerts: [uuid] });
    subtractAlerts(client, [uuid]);
    for (const statement of [DELETE_DELIVERIES, DELETE_SLOT, DELETE_ALERT]) {
      client.send(statement, [uuid]);
    }
    return true;
  });
