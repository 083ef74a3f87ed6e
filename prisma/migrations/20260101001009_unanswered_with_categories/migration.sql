-- Alerts that providers did not fully answer about, in the order of lists, with what lists are filtered by most, as for muted
-- alerts. It replaces "alerts_unanswered_idx".
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_unanswered_listed_idx" ON "alerts" ("enrichment_status", "received_at" DESC, "id" DESC)
  INCLUDE ("status", "severity", "malice", "malice_override", "source_name")
  WHERE "enrichment_status" IN ('Partial', 'Failed');
