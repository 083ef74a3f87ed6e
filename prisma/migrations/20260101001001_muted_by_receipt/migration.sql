-- Muted alerts in the order of lists. It replaces "alerts_muted_idx", which has them by id.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "alerts_muted_received_idx" ON "alerts" ("received_at" DESC, "id" DESC)
  WHERE "mute_id" IS NOT NULL;
