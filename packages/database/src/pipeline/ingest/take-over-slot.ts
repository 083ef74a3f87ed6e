/**
 * What follows `INSERT INTO dedup_slots AS slot …`: a slot past its time is taken over by the new alert
 * and remembers the one before; any other stays as it is. Either way it is locked from then on.
 */
export const TAKE_OVER_SLOT = `
  ON CONFLICT (source_name, dedup_key) DO UPDATE
     SET (alert_id, previous_alert_id, expires_at) = (
       SELECT CASE WHEN is_over THEN excluded.alert_id ELSE slot.alert_id END,
              CASE WHEN is_over THEN slot.alert_id ELSE slot.previous_alert_id END,
              CASE WHEN is_over THEN excluded.expires_at ELSE slot.expires_at END
         FROM (SELECT slot.expires_at <= clock_timestamp() AS is_over) AS age)`;
