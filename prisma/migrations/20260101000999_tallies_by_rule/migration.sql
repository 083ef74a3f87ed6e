-- Tallies by source and tallies by rule are rows of their own (those of rules have an empty source): together they are far fewer
-- than those of each source with each rule. What was tallied before is tallied anew.
ALTER TABLE "alert_tallies"
  ADD COLUMN "is_by_rule" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "rule_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "classified_count" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "false_positive_count" INTEGER NOT NULL DEFAULT 0;
DELETE FROM "alert_tallies";
UPDATE "alert_tally_state" SET "tallied_until" = NULL;
CREATE INDEX "alert_tallies_is_closed_is_by_rule_hour_idx" ON "alert_tallies" ("is_closed", "is_by_rule", "hour");
DROP INDEX "alert_tallies_is_closed_hour_idx";
