-- What the metrics of a span count, hour by hour, written once the hour is over: alerts that came in it, and alerts that were
-- closed in it.
CREATE TABLE "alert_tallies" (
  "id" BIGSERIAL NOT NULL,
  "hour" TIMESTAMPTZ(3) NOT NULL,
  "is_closed" BOOLEAN NOT NULL,
  "source_name" TEXT NOT NULL,
  "severity" "severity",
  "detection_rule_id" UUID,
  "close_classification" TEXT,
  "alert_count" INTEGER NOT NULL,
  "enriched_count" INTEGER NOT NULL,
  CONSTRAINT "alert_tallies_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "alert_tallies_is_closed_hour_idx" ON "alert_tallies" ("is_closed", "hour");

-- Up to when hours are tallied.
CREATE TABLE "alert_tally_state" (
  "id" INTEGER NOT NULL DEFAULT 1,
  "tallied_until" TIMESTAMPTZ(3),
  CONSTRAINT "alert_tally_state_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "alert_tally_state_id_check" CHECK ("id" = 1)
);
INSERT INTO "alert_tally_state" ("id") VALUES (1);

-- Hours of which an alert changed afterwards: they are counted anew. The same hour may be here many times, so that no writer
-- waits for another.
CREATE TABLE "alert_tally_marks" (
  "id" BIGSERIAL NOT NULL,
  "hour" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "alert_tally_marks_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "alert_tally_marks_hour_idx" ON "alert_tally_marks" ("hour");

CREATE FUNCTION "calseta_mark_tallies"() RETURNS TRIGGER
  LANGUAGE plpgsql
  AS $$
BEGIN
  INSERT INTO alert_tally_marks (hour)
  SELECT DISTINCT date_trunc('hour', at, 'UTC')
    FROM (VALUES (OLD.received_at), (OLD.closed_at), (NEW.received_at), (NEW.closed_at)) AS times (at)
   WHERE at < now() - interval '1 hour';
  RETURN NULL;
END
$$;

-- An hour is tallied an hour and some minutes after its end. Whatever happens to an alert in its first hour, as all that the
-- pipeline does with most alerts, is over by then and marks nothing.
CREATE TRIGGER "alerts_mark_tallies_of_new" AFTER INSERT ON "alerts"
  FOR EACH ROW WHEN (NEW."received_at" < now() - interval '1 hour')
  EXECUTE FUNCTION "calseta_mark_tallies"();
CREATE TRIGGER "alerts_mark_tallies_of_changed"
  AFTER UPDATE OF "received_at", "closed_at", "severity", "enrichment_status", "detection_rule_id", "close_classification" ON "alerts"
  FOR EACH ROW WHEN (
    (OLD."received_at" < now() - interval '1 hour' OR OLD."closed_at" < now() - interval '1 hour')
    AND (OLD."received_at", OLD."closed_at", OLD."severity", OLD."enrichment_status", OLD."detection_rule_id", OLD."close_classification")
        IS DISTINCT FROM
        (NEW."received_at", NEW."closed_at", NEW."severity", NEW."enrichment_status", NEW."detection_rule_id", NEW."close_classification"))
  EXECUTE FUNCTION "calseta_mark_tallies"();
CREATE TRIGGER "alerts_mark_tallies_of_deleted" AFTER DELETE ON "alerts"
  FOR EACH ROW WHEN (OLD."received_at" < now() - interval '1 hour')
  EXECUTE FUNCTION "calseta_mark_tallies"();
