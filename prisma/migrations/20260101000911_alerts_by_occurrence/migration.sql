-- Of alerts that have passed all stages, so that neither their insertion nor a stage before pays for it.
CREATE INDEX "alerts_occurred_idx" ON "alerts" ("occurred_at" DESC, "id" DESC) WHERE "stage" = 'dispatched';
