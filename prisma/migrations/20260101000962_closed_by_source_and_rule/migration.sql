-- With what metrics group closed alerts by, so that they read the index alone. Only closing an alert writes it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_closed_by_idx" ON "alerts" ("closed_at")
  INCLUDE ("received_at", "triaged_at", "close_classification", "source_name", "detection_rule_id")
  WHERE "closed_at" IS NOT NULL;
