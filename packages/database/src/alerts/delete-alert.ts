import { TEST_ALERT_HOURS } from '@calseta/common';
import { type Database, type Transaction } from '../core/database.js';
import { isTest } from '../core/test-alerts.js';
import { subtractAlerts } from '../pipeline/sightings/count-verdicts.js';
import { lockIndicators } from '../pipeline/sightings/lock-indicators.js';

const LOCK = 'SELECT id FROM alerts WHERE id = $1 FOR NO KEY UPDATE';

const LOCK_EXPIRED_TESTS = `
  SELECT id FROM alerts
   WHERE ${isTest('alerts')} AND received_at < now() - interval '${TEST_ALERT_HOURS} hours'
   ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`;

/** What people still have to look at stays, whatever its age. */
const LOCK_OLD = `
  SELECT id FROM alerts
   WHERE status = 'Closed' AND closed_at < now() - make_interval(days => $2)
   ORDER BY closed_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`;

/** First, since whoever records an attempt holds its delivery and then writes about the alert. */
const DELETE_DELIVERIES = 'DELETE FROM deliveries WHERE alert_id = ANY($1::uuid[])';

const DELETE_SLOTS = `
  DELETE FROM dedup_slots slot USING alerts a
   WHERE a.id = ANY($1::uuid[]) AND slot.alert_id = a.id
     AND (slot.source_name, slot.dedup_key) = (a.source_name, a.dedup_key)`;

/** Everything else that hangs on an alert goes with it; runs of workflows stay. */
const DELETE_ALERTS = 'DELETE FROM alerts WHERE id = ANY($1::uuid[])';

/**
 * Deletes an alert with what hangs on it, and takes it out of the counters of its indicators. Its next repeat becomes a
 * new alert. False for an unknown alert.
 */
export const deleteAlert = async (
  database: Pick<Database, 'transaction'>,
  uuid: string,
): Promise<boolean> => (await deleteLocked(database, LOCK, [uuid])) === 1;

/** Deletes at most `limit` alerts of test pushes that are over, as `deleteAlert` does; returns how many. */
export const deleteExpiredTests = async (
  database: Pick<Database, 'transaction'>,
  limit: number,
): Promise<number> => await deleteLocked(database, LOCK_EXPIRED_TESTS, [limit]);

/** Deletes at most `limit` alerts that were closed so many days ago, as `deleteAlert` does; returns how many. */
export const deleteOldAlerts = async (
  database: Pick<Database, 'transaction'>,
  keptDays: number,
  limit: number,
): Promise<number> => await deleteLocked(database, LOCK_OLD, [limit, keptDays]);

const deleteLocked = async (
  { transaction }: Pick<Database, 'transaction'>,
  lock: string,
  parameters: readonly (string | number)[],
): Promise<number> =>
  await transaction(async (client: Transaction) => {
    const { rows } = await client.query<{ id: string }>(lock, [...parameters]);
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return 0;
    lockIndicators(client, { ofAlerts: ids });
    subtractAlerts(client, ids);
    for (const statement of [DELETE_DELIVERIES, DELETE_SLOTS, DELETE_ALERTS]) {
      client.send(statement, [ids]);
    }
    return ids.length;
  });
