-- Indicators that no alert has any more, so that housekeeping finds them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "indicators_of_no_alert_idx" ON "indicators" ("last_seen_at")
  WHERE "alert_count" = 0 AND "malice_override" IS NULL;
