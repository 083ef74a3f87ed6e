-- A delivery is given up by time, on its agent's clock, which stands still while the agent is disabled; an agent
-- is disabled by time too. Deliveries wait in order of urgency, and their ids no longer follow their creation.
ALTER TABLE "deliveries"
  ADD COLUMN "severity" "severity" NOT NULL DEFAULT 'Pending',
  ADD COLUMN "opened_at" TIMESTAMPTZ(3),
  ADD COLUMN "earlier_attempts" INTEGER NOT NULL DEFAULT 0;
UPDATE "deliveries" d SET "severity" = a."severity"
  FROM "alerts" a WHERE a."id" = d."alert_id" AND d."status" = 'pending';

ALTER TABLE "delivery_attempts" ADD COLUMN "note" TEXT;

ALTER TABLE "agents"
  ADD COLUMN "disabled_at" TIMESTAMPTZ(3),
  ADD COLUMN "paused_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN "failing_since" TIMESTAMPTZ(3),
  ADD COLUMN "last_error" TEXT,
  ADD COLUMN "last_error_at" TIMESTAMPTZ(3),
  ADD COLUMN "breaker_open_until" TIMESTAMPTZ(3);
UPDATE "agents" SET "disabled_at" = now() WHERE NOT "is_active";

-- Whoever switches an agent off or on stops and starts its clock.
CREATE FUNCTION "keep_agent_clock"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW."is_active" THEN
    NEW."disabled_at" := coalesce(NEW."disabled_at", now());
  ELSIF TG_OP = 'UPDATE' AND OLD."disabled_at" IS NOT NULL THEN
    NEW."paused_ms" := OLD."paused_ms" + extract(epoch FROM now() - OLD."disabled_at") * 1000;
    NEW."disabled_at" := NULL;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER "agents_clock"
  BEFORE INSERT OR UPDATE OF "is_active"
  ON "agents" FOR EACH ROW EXECUTE FUNCTION "keep_agent_clock"();

-- The most urgent go first; within a severity, those that are due longest.
CREATE INDEX "deliveries_agent_urgency_idx" ON "deliveries" ("agent_id", "severity" DESC, "next_attempt_at")
  WHERE "status" = 'pending';
DROP INDEX "deliveries_agent_due_idx";

-- Lists are ordered by creation.
CREATE INDEX "deliveries_created_at_id_idx" ON "deliveries" ("created_at" DESC, "id" DESC);
CREATE INDEX "deliveries_agent_id_created_at_id_idx" ON "deliveries" ("agent_id", "created_at" DESC, "id" DESC);
CREATE INDEX "deliveries_status_created_at_id_idx" ON "deliveries" ("status", "created_at" DESC, "id" DESC);
DROP INDEX "deliveries_agent_id_id_idx";
DROP INDEX "deliveries_status_id_idx";
