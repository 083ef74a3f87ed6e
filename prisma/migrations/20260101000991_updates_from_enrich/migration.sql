-- A revision can begin at `enrich` too.
ALTER TABLE "alert_updates"
  DROP CONSTRAINT "alert_updates_restart_from_check",
  ADD CONSTRAINT "alert_updates_restart_from_check"
    CHECK ("restart_from" IN ('extract', 'enrich', 'dispatch')) NOT VALID;
