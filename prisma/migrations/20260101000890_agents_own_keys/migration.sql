-- The agent that an agent key belongs to. No foreign key: a revoked key still says whose it was.
ALTER TABLE "api_keys" ADD COLUMN "agent_id" UUID;
CREATE INDEX "api_keys_agent_idx" ON "api_keys" ("agent_id") WHERE "agent_id" IS NOT NULL;

-- Further headers by name, each value encrypted; when the agent removes itself; no URL for an agent that pulls;
-- whether it may change anything.
ALTER TABLE "agents"
  ADD COLUMN "headers" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "expires_at" TIMESTAMPTZ(3),
  ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'active',
  ADD CONSTRAINT "agents_mode_check" CHECK ("mode" IN ('active', 'shadow')),
  ALTER COLUMN "webhook_url" DROP NOT NULL;
CREATE INDEX "agents_expiry_idx" ON "agents" ("expires_at") WHERE "expires_at" IS NOT NULL;
CREATE TRIGGER "agents_config_version_of_options"
  AFTER UPDATE OF "headers", "expires_at", "mode"
  ON "agents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

-- The agent that posted a finding, by the name it had then; whether it was in shadow mode.
ALTER TABLE "findings"
  ADD COLUMN "agent_id" UUID,
  ADD COLUMN "agent_name" TEXT,
  ADD COLUMN "is_shadow" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "findings_agent_idx" ON "findings" ("agent_id", "id") WHERE "agent_id" IS NOT NULL;
