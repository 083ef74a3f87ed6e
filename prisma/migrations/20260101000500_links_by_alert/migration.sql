-- Other alerts of an indicator are looked for from an alert backwards: their ids are sorted by time, so that
-- what came later need not be stepped over.
CREATE INDEX "alert_indicators_indicator_id_alert_id_idx" ON "alert_indicators"("indicator_id", "alert_id" DESC);
DROP INDEX "alert_indicators_indicator_id_created_at_idx";
ALTER TABLE "alert_indicators" DROP COLUMN "created_at";
