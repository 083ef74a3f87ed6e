-- Alerts that match a mute are stored and enriched, and pushed to nobody, until it ends.
CREATE TABLE "mutes" (
  "id" UUID NOT NULL,
  "rule" JSONB NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL,
  "reason" TEXT NOT NULL,
  "created_by" TEXT NOT NULL,
  "muted_count" INTEGER NOT NULL DEFAULT 0,
  "last_muted_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "mutes_pkey" PRIMARY KEY ("id")
);

-- The counters are no configuration.
CREATE TRIGGER "mutes_config_version"
  AFTER INSERT OR DELETE OR UPDATE OF "rule", "until"
  ON "mutes" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

-- Without a foreign key: an alert stays muted when the mute is deleted.
ALTER TABLE "alerts" ADD COLUMN "mute_id" UUID;

CREATE INDEX "alerts_muted_idx" ON "alerts" ("id" DESC) WHERE "mute_id" IS NOT NULL;
