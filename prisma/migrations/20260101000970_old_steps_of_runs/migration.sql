-- When the steps of a run were deleted because of their age.
ALTER TABLE "workflow_runs" ADD COLUMN "steps_deleted_at" TIMESTAMPTZ(3);

-- Runs whose steps are still kept, by when they ended. A run is asked for by an agent or a person, so they are few.
CREATE INDEX "workflow_runs_steps_kept_idx" ON "workflow_runs" ("finished_at")
  WHERE "steps_deleted_at" IS NULL AND "finished_at" IS NOT NULL;
