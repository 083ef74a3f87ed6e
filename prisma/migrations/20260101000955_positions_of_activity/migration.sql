-- In which transaction a line was written: by that the stream reads lines once each, whatever order they are committed in.
-- Lines that are there already stay without one, so that no row is rewritten.
ALTER TABLE "activity" ADD COLUMN "transaction_id" XID8;
ALTER TABLE "activity" ALTER COLUMN "transaction_id" SET DEFAULT pg_current_xact_id();
