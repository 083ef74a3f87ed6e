-- Muted alerts in the order of lists, with what lists are filtered by most: muted alerts are far apart in the table, and those
-- that do not match need not be read from it. It replaces "alerts_muted_received_idx".
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_muted_listed_idx" ON "alerts" ("received_at" DESC, "id" DESC)
  INCLUDE ("status", "severity", "malice", "malice_override", "source_name")
  WHERE "mute_id" IS NOT NULL;
