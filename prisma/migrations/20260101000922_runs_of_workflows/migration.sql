-- A run is bound to a version of its workflow and to what was asked for; the dispatcher claims it by a lease.
ALTER TABLE "workflow_runs"
  ADD COLUMN "workflow_version" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "parameters_hash" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "requester_key_id" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "requester_name" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "requester_key_type" "key_type" NOT NULL DEFAULT 'human',
  ADD COLUMN "reason" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "confidence" DOUBLE PRECISION,
  ADD COLUMN "indicator_type" "indicator_type",
  ADD COLUMN "indicator_value" TEXT,
  ADD COLUMN "outcome" TEXT,
  ADD COLUMN "summary" TEXT,
  ADD COLUMN "started_at" TIMESTAMPTZ(3),
  ADD COLUMN "lease_holder" UUID,
  ADD COLUMN "leased_until" TIMESTAMPTZ(3);

CREATE INDEX "workflow_runs_status_id_idx" ON "workflow_runs" ("status", "id" DESC);

CREATE TABLE "workflow_run_steps" (
  "run_id" UUID NOT NULL,
  "number" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "idempotency_key" UUID NOT NULL,
  "attempt_count" INTEGER NOT NULL DEFAULT 1,
  "may_repeat" BOOLEAN NOT NULL,
  "request" JSONB NOT NULL,
  "sent_at" TIMESTAMPTZ(3) NOT NULL,
  "answered_at" TIMESTAMPTZ(3),
  "outcome" TEXT,
  "message" TEXT,
  "response" JSONB,
  "values_encrypted" TEXT,
  CONSTRAINT "workflow_run_steps_pkey" PRIMARY KEY ("run_id", "number"),
  CONSTRAINT "workflow_run_steps_run_id_fkey" FOREIGN KEY ("run_id")
    REFERENCES "workflow_runs"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- An approval is bound to what its run is bound to.
ALTER TABLE "approvals"
  ADD COLUMN "workflow_version" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "requested_by" TEXT NOT NULL DEFAULT '';
