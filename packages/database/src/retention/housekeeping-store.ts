import { deleteExpiredTests, deleteOldAlerts } from '../alerts/delete-alert.js';
import { type Database } from '../core/database.js';
import { COUNTED_HOURS } from '../enrichment/provider-health-store.js';
import { giveUpUnpulled } from './give-up-unpulled.js';
import { IDEMPOTENCY_TTL_HOURS } from '../access/idempotency-store.js';

/** Days that a slot is kept after its window, so that a late repeat is still linked to the earlier alert. */
export const SLOT_KEPT_DAYS = 30;

/** Hours after its last alert occurred that an indicator is kept which no alert has any more. */
export const UNUSED_INDICATOR_HOURS = 24;

/** Deletes expired rows. */
export interface HousekeepingStore {
  /** Gives up deliveries that agents have not pulled in time, at most `limit`; returns how many. */
  giveUpUnpulled(afterMs: number, limit: number): Promise<number>;
  /** Deletes the steps of at most `limit` runs that ended so many days ago; returns of how many. */
  deleteOldSteps(keptDays: number, limit: number): Promise<number>;
  /** Deletes at most `limit` alerts that were closed so many days ago, with what hangs on them; returns how many. */
  deleteOldAlerts(keptDays: number, limit: number): Promise<number>;
  /** Deletes at most `limit` rows of each kind; returns the total. */
  deleteExpired(limit: number): Promise<number>;
}

/**
 * Indicators with a verdict of a person stay. An alert cannot be linked to one in between: extraction changes the indicator
 * first, in the same transaction, and then it is locked, or checked again here because it has changed.
 */
const DELETE_UNUSED_INDICATORS = `
  WITH unused AS MATERIALIZED (
    SELECT id FROM indicators i
     WHERE alert_count = 0 AND malice_override IS NULL
       AND last_seen_at < now() - interval '${UNUSED_INDICATOR_HOURS} hours'
       AND NOT EXISTS (SELECT FROM alert_indicators WHERE indicator_id = i.id)
     LIMIT $1 FOR UPDATE SKIP LOCKED)
  DELETE FROM indicators i USING unused WHERE i.id = unused.id`;

/** Deliveries first, in batches, for an agent may have many; a key that is revoked says whose it was. */
const DELETE_EXPIRED_AGENTS = [
  `DELETE FROM deliveries WHERE id IN (
     SELECT d.id FROM agents a JOIN deliveries d ON d.agent_id = a.id
      WHERE a.expires_at < now() LIMIT $1)`,
  `WITH expired AS (
     DELETE FROM agents a
      WHERE a.expires_at < now()
        AND a.id IN (SELECT id FROM agents WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED)
        AND NOT EXISTS (SELECT 1 FROM deliveries WHERE agent_id = a.id)
      RETURNING a.id)
   UPDATE api_keys k SET revoked_at = now() FROM expired
    WHERE k.agent_id = expired.id AND k.revoked_at IS NULL`,
];

const DELETE_EXPIRED = [
  `WITH expired AS MATERIALIZED (
     SELECT api_key_id, key FROM idempotency_records
      WHERE created_at < now() - interval '${IDEMPOTENCY_TTL_HOURS} hours'
      LIMIT $1 FOR UPDATE SKIP LOCKED)
   DELETE FROM idempotency_records r USING expired
    WHERE r.api_key_id = expired.api_key_id AND r.key = expired.key`,
  `WITH expired AS MATERIALIZED (
     SELECT source_name, dedup_key FROM dedup_slots
      WHERE expires_at < now() - interval '${SLOT_KEPT_DAYS} days'
      LIMIT $1 FOR UPDATE SKIP LOCKED)
   DELETE FROM dedup_slots s USING expired
    WHERE s.source_name = expired.source_name AND s.dedup_key = expired.dedup_key`,
  `WITH expired AS MATERIALIZED (
     SELECT id FROM provider_requests WHERE expires_at < now()
      LIMIT $1 FOR UPDATE SKIP LOCKED)
   DELETE FROM provider_requests r USING expired WHERE r.id = expired.id`,
  `WITH expired AS MATERIALIZED (
     SELECT provider_name, hour FROM provider_lookup_counts
      WHERE hour <= now() - interval '${COUNTED_HOURS} hours'
      LIMIT $1 FOR UPDATE SKIP LOCKED)
   DELETE FROM provider_lookup_counts c USING expired
    WHERE c.provider_name = expired.provider_name AND c.hour = expired.hour`,
  DELETE_UNUSED_INDICATORS,
  ...DELETE_EXPIRED_AGENTS,
];

/** The run stays, with who asked for it, who approved it and what came of it. */
const DELETE_OLD_STEPS = `
  WITH old AS MATERIALIZED (
    SELECT id FROM workflow_runs
     WHERE steps_deleted_at IS NULL AND finished_at IS NOT NULL
       AND finished_at < now() - make_interval(days => $1)
     ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM workflow_run_steps s USING old WHERE s.run_id = old.id
  )
  UPDATE workflow_runs r SET steps_deleted_at = now() FROM old WHERE r.id = old.id`;

export const createHousekeepingStore = (
  database: Pick<Database, 'query' | 'transaction'>,
): HousekeepingStore => ({
  giveUpUnpulled: async (afterMs, limit) => await giveUpUnpulled(database, { afterMs, limit }),
  deleteOldSteps: async (keptDays, limit) =>
    (await database.query(DELETE_OLD_STEPS, [keptDays, limit])).rowCount ?? 0,
  deleteOldAlerts: async (keptDays, limit) => await deleteOldAlerts(database, keptDays, limit),
  async deleteExpired(limit) {
    let deleted = await deleteExpiredTests(database, limit);
    for (const statement of DELETE_EXPIRED) {
      const { rowCount } = await database.query(statement, [limit]);
      deleted += rowCount ?? 0;
    }
    return deleted;
  },
});
