/**
 * Follows `INSERT INTO dedup_slots AS slot …`: the new alert takes over an expired slot, which remembers the previous
 * alert; any other slot stays unchanged. Both are locked until the transaction ends.
 */
export const TAKE_OVER_SLOT = `
  ON CONFLICT (source_name, dedup_key) DO UPDATE
     SET (alert_id, previous_alert_id, expires_at) = (
       SELECT CASE WHEN is_over THEN excluded.alert_id ELSE slot.alert_id END,
              CASE WHEN is_over THEN slot.alert_id ELSE slot.previous_alert_id END,
              CASE WHEN is_over THEN excluded.expires_at ELSE slot.expires_at END
         FROM (SELECT slot.expires_at <= clock_timestamp() AS is_over) AS age)`;
