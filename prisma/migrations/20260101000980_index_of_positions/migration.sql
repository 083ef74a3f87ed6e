-- The stream reads lines by it. Lines of before have no transaction and are not in it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "activity_position_idx" ON "activity" ("transaction_id", "id")
  WHERE "transaction_id" IS NOT NULL;
