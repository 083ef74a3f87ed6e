-- Alerts by what lists are filtered by most, and by time within each combination of it: the newest of a filter are found
-- however rare they are. It replaces three indexes on one of these columns each.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_category_idx" ON "alerts"
  ("status", "severity", (coalesce("malice_override", "malice")), "source_name", "received_at" DESC, "id" DESC)
  INCLUDE ("occurred_at", "malice", "malice_override");
