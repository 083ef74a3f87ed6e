-- How much of an alert an agent is pushed.
ALTER TABLE "agents"
  ADD COLUMN "payload_mode" TEXT NOT NULL DEFAULT 'full',
  ADD COLUMN "max_tokens" INTEGER NOT NULL DEFAULT 8000,
  ADD COLUMN "max_bytes" INTEGER NOT NULL DEFAULT 524288,
  ADD CONSTRAINT "agents_payload_mode_check" CHECK ("payload_mode" IN ('full', 'budgeted', 'thin')),
  ADD CONSTRAINT "agents_max_tokens_check" CHECK ("max_tokens" > 0),
  ADD CONSTRAINT "agents_max_bytes_check" CHECK ("max_bytes" > 0);

-- Indicators that were found beyond the limit of an alert.
ALTER TABLE "alerts" ADD COLUMN "dropped_indicator_count" INTEGER NOT NULL DEFAULT 0;
