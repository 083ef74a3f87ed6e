-- Rows that are only ever read through their parent need one index, not two: their ids are sorted by time.
ALTER TABLE "activity" DROP CONSTRAINT "activity_pkey",
  ADD CONSTRAINT "activity_pkey" PRIMARY KEY ("alert_id", "id");
DROP INDEX "activity_alert_id_id_idx";

ALTER TABLE "delivery_attempts" DROP CONSTRAINT "delivery_attempts_pkey",
  ADD CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("delivery_id", "id");
DROP INDEX "delivery_attempts_delivery_id_started_at_idx";

-- Due deliveries are looked for agent by agent.
DROP INDEX "deliveries_due_idx";
