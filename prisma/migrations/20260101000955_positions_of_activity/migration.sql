-- In which transaction a line was written: by that the stream reads lines once each, whatever order they are committed in.
-- Lines that are there already stay without one, so that no row is rewritten and the index begins empty.
ALTER TABLE "activity" ADD COLUMN "transaction_id" XID8;
ALTER TABLE "activity" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();
CREATE INDEX "activity_position_idx" ON "activity" ("transaction_id", "id") WHERE "transaction_id" IS NOT NULL;
