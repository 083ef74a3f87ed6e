-- Sums of the tallies of a day, so that metrics of months read a row a day instead of one an hour.
CREATE TABLE "alert_day_tallies" (
  "id" BIGSERIAL NOT NULL,
  "day" TIMESTAMPTZ(3) NOT NULL,
  "is_closed" BOOLEAN NOT NULL,
  "is_by_rule" BOOLEAN NOT NULL,
  "source_name" TEXT NOT NULL,
  "severity" "severity",
  "detection_rule_id" UUID,
  "close_classification" TEXT,
  "alert_count" INTEGER NOT NULL,
  "enriched_count" INTEGER NOT NULL,
  "rule_count" INTEGER NOT NULL,
  "classified_count" INTEGER NOT NULL,
  "false_positive_count" INTEGER NOT NULL,
  CONSTRAINT "alert_day_tallies_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "alert_day_tallies_is_closed_is_by_rule_day_idx" ON "alert_day_tallies" ("is_closed", "is_by_rule", "day");

-- Days (UTC) of which the sums hold.
CREATE TABLE "alert_tallied_days" (
  "day" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "alert_tallied_days_pkey" PRIMARY KEY ("day")
);

-- Whoever writes a tally of an hour, the sums of its day hold no longer; they are written anew.
CREATE FUNCTION "calseta_forget_tallied_days"() RETURNS TRIGGER
  LANGUAGE plpgsql
  AS $$
DECLARE
  days TIMESTAMPTZ[] := ARRAY(SELECT DISTINCT date_trunc('day', hour, 'UTC') FROM changed);
BEGIN
  DELETE FROM alert_tallied_days WHERE day = ANY(days);
  RETURN NULL;
END
$$;
CREATE TRIGGER "alert_tallies_forget_days_of_new" AFTER INSERT ON "alert_tallies"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "calseta_forget_tallied_days"();
CREATE TRIGGER "alert_tallies_forget_days_of_deleted" AFTER DELETE ON "alert_tallies"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "calseta_forget_tallied_days"();
