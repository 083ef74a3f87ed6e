-- Alerts of a detection rule in the order of lists, with what lists are filtered by most, so that those which do not match need
-- not be read from the table. It replaces "alerts_detection_rule_id_id_idx", which has them by id.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_rule_received_idx" ON "alerts" ("detection_rule_id", "received_at" DESC, "id" DESC)
  INCLUDE ("status", "severity", "malice", "malice_override", "source_name")
  WHERE "detection_rule_id" IS NOT NULL;
