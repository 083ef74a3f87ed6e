-- Which events an agent gets besides alerts; a delivery may be an event, which has no alert.
ALTER TYPE "delivery_kind" ADD VALUE 'event';

ALTER TABLE "agents"
  ADD COLUMN "events" TEXT[] NOT NULL DEFAULT ARRAY['alert.enriched']::TEXT[],
  ADD COLUMN "receive_quarantined" BOOLEAN NOT NULL DEFAULT false;

CREATE TRIGGER "agents_config_version_of_events"
  AFTER UPDATE OF "events", "receive_quarantined"
  ON "agents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

ALTER TABLE "deliveries" ADD COLUMN "event" TEXT, ADD COLUMN "event_data" JSONB;

-- How many events of a kind an agent was sent lately, so that a flood of them is bounded.
CREATE TABLE "event_counts" (
  "agent_id" UUID NOT NULL,
  "event" TEXT NOT NULL,
  "window_began_at" TIMESTAMPTZ(3) NOT NULL,
  "count" INTEGER NOT NULL,
  "skipped_before" INTEGER NOT NULL DEFAULT 0,
  "skipped_total" BIGINT NOT NULL DEFAULT 0,
  "last_skipped_at" TIMESTAMPTZ(3),
  CONSTRAINT "event_counts_pkey" PRIMARY KEY ("agent_id", "event"),
  CONSTRAINT "event_counts_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);
