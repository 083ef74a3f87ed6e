-- Alerts that providers did not fully answer about: those that all answered about are not in it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_unanswered_idx" ON "alerts" ("enrichment_status", "received_at" DESC)
  WHERE "enrichment_status" IN ('Partial', 'Failed');
