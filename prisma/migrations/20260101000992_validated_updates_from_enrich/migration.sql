ALTER TABLE "alert_updates" VALIDATE CONSTRAINT "alert_updates_restart_from_check";
