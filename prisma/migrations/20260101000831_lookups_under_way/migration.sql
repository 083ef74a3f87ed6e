-- Lookups at providers outside that are under way, wait for quota, or have just ended, over all replicas.
CREATE TABLE "provider_lookups" (
  "key" TEXT NOT NULL,
  "provider_name" TEXT NOT NULL,
  "type" "indicator_type" NOT NULL,
  "value" TEXT NOT NULL,
  "is_urgent" BOOLEAN NOT NULL,
  "holder" UUID,
  "leased_until" TIMESTAMPTZ(3),
  "waiting_since" TIMESTAMPTZ(3),
  "not_before" TIMESTAMPTZ(3),
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "result" JSONB,
  "ended_at" TIMESTAMPTZ(3),
  "kept_until" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "provider_lookups_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "provider_lookups_waiting" ON "provider_lookups" ("provider_name", "is_urgent" DESC, "waiting_since")
  WHERE "waiting_since" IS NOT NULL;
CREATE INDEX "provider_lookups_leased" ON "provider_lookups" ("leased_until") WHERE "leased_until" IS NOT NULL;
CREATE INDEX "provider_lookups_kept" ON "provider_lookups" ("kept_until");

-- Answers that an alert went on without; a later answer completes the alert.
CREATE TABLE "missing_lookups" (
  "alert_id" UUID NOT NULL,
  "indicator_id" UUID NOT NULL,
  "provider_name" TEXT NOT NULL,
  "known_at" TIMESTAMPTZ(3),
  "missed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "missing_lookups_pkey" PRIMARY KEY ("alert_id", "indicator_id", "provider_name"),
  CONSTRAINT "missing_lookups_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "missing_lookups_answer" ON "missing_lookups" ("indicator_id", "provider_name");
CREATE INDEX "missing_lookups_age" ON "missing_lookups" ("missed_at");

-- How each provider outside has answered lately, for operators.
CREATE TABLE "provider_health" (
  "provider_name" TEXT NOT NULL,
  "last_success_at" TIMESTAMPTZ(3),
  "last_failure_at" TIMESTAMPTZ(3),
  "last_failure_kind" TEXT,
  "last_failure" TEXT,
  "left_alone_until" TIMESTAMPTZ(3),
  "lookup_count" BIGINT NOT NULL DEFAULT 0,
  "cached_count" BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT "provider_health_pkey" PRIMARY KEY ("provider_name")
);
