import { type Database } from './database.js';
import { IDEMPOTENCY_TTL_HOURS } from './idempotency-store.js';

/** A slot is kept beyond its window, so that a late repeat is still linked to the alert before it. */
export const SLOT_KEPT_DAYS = 30;

/** Deletes rows that nothing will ask for again. */
export interface HousekeepingStore {
  /** Deletes at most `limit` rows of each kind; returns how many it deleted in all. */
  deleteExpired(limit: number): Promise<number>;
}

const DELETE_EXPIRED = [
  `DELETE FROM idempotency_records WHERE (api_key_id, key) IN (
     SELECT api_key_id, key FROM idempotency_records
      WHERE created_at < now() - interval '${IDEMPOTENCY_TTL_HOURS} hours'
      LIMIT $1 FOR UPDATE SKIP LOCKED)`,
  `DELETE FROM dedup_slots WHERE (source_name, dedup_key) IN (
     SELECT source_name, dedup_key FROM dedup_slots
      WHERE expires_at < now() - interval '${SLOT_KEPT_DAYS} days'
      LIMIT $1 FOR UPDATE SKIP LOCKED)`,
];

export const createHousekeepingStore = (database: Pick<Database, 'query'>): HousekeepingStore => ({
  async deleteExpired(limit) {
    let deleted = 0;
    for (const statement of DELETE_EXPIRED) {
      const { rowCount } = await database.query(statement, [limit]);
      deleted += rowCount ?? 0;
    }
    return deleted;
  },
});
