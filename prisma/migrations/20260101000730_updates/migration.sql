-- What sources say of an alert after its first message.
ALTER TABLE "sources"
  ADD COLUMN "on_update" TEXT NOT NULL DEFAULT 'raise',
  ADD COLUMN "on_resolved" TEXT NOT NULL DEFAULT 'note',
  ADD CONSTRAINT "sources_on_update_check" CHECK ("on_update" IN ('raise', 'follow', 'keep')),
  ADD CONSTRAINT "sources_on_resolved_check" CHECK ("on_resolved" IN ('note', 'close'));

ALTER TABLE "alerts"
  ADD COLUMN "fingerprint" TEXT,
  ADD COLUMN "unchanged_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "kept_occurrence_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "source_status" TEXT,
  ADD COLUMN "source_ended_at" TIMESTAMPTZ(3),
  ADD COLUMN "severity_is_set" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "dropped_tags" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

ALTER TABLE "alert_occurrences"
  ADD COLUMN "fingerprint" TEXT,
  ADD COLUMN "changes" JSONB NOT NULL DEFAULT '[]';
CREATE INDEX "alert_occurrences_alert_id_fingerprint_idx" ON "alert_occurrences" ("alert_id", "fingerprint");

-- Of the alerts that may still be repeated.
UPDATE "alerts" SET "severity_is_set" = true
 WHERE "id" IN (SELECT "alert_id" FROM "dedup_slots")
   AND EXISTS (SELECT FROM "activity"
                WHERE "activity"."alert_id" = "alerts"."id" AND "kind" = 'updated' AND "detail" ? 'severity');

CREATE TABLE "alert_updates" (
  "alert_id" UUID NOT NULL,
  "pending_changes" JSONB NOT NULL DEFAULT '[]',
  "pending_since" TIMESTAMPTZ(3),
  "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "is_urgent" BOOLEAN NOT NULL DEFAULT false,
  "restart_from" TEXT NOT NULL DEFAULT 'extract',
  "peak_severity" "severity" NOT NULL,
  "peak_malice" "malice" NOT NULL,
  "revised_at" TIMESTAMPTZ(3)[] NOT NULL DEFAULT ARRAY[]::TIMESTAMPTZ(3)[],
  "held_count" INTEGER NOT NULL DEFAULT 0,
  "held_activity_id" UUID,
  "revision" INTEGER,
  "previous_revision" INTEGER,
  "changes" JSONB NOT NULL DEFAULT '[]',
  CONSTRAINT "alert_updates_pkey" PRIMARY KEY ("alert_id"),
  CONSTRAINT "alert_updates_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "alert_updates_restart_from_check" CHECK ("restart_from" IN ('extract', 'dispatch'))
);
CREATE INDEX "alert_updates_pending_idx" ON "alert_updates" ("pending_since") WHERE "pending_since" IS NOT NULL;

ALTER TABLE "agents" ADD COLUMN "receive_updates" BOOLEAN NOT NULL DEFAULT true;
