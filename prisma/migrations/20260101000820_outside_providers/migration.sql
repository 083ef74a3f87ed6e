-- Providers outside are data: how each is asked, and what it may be asked in which time.
ALTER TABLE "enrichment_providers"
  ADD COLUMN "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN "title" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "origin" TEXT NOT NULL DEFAULT 'local',
  ADD COLUMN "lookup" JSONB,
  ADD COLUMN "base_url" TEXT,
  ADD COLUMN "credentials" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "environment" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "quotas" JSONB NOT NULL DEFAULT '[]',
  ADD COLUMN "ttls" JSONB,
  ADD COLUMN "is_own_directory" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ADD CONSTRAINT "enrichment_providers_origin_check" CHECK ("origin" IN ('local', 'builtin', 'custom'));
CREATE UNIQUE INDEX "enrichment_providers_id_key" ON "enrichment_providers" ("id");

-- One row for each request that left, or may still leave, so that no window of a quota is exceeded by any replica.
CREATE TABLE "provider_requests" (
  "id" BIGSERIAL NOT NULL,
  "provider_name" TEXT NOT NULL,
  "sent_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "provider_requests_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "provider_requests_window" ON "provider_requests" ("provider_name", "sent_at");
CREATE INDEX "provider_requests_expiry" ON "provider_requests" ("expires_at");

-- Until when a provider asked to be left alone.
CREATE TABLE "provider_gates" (
  "provider_name" TEXT NOT NULL,
  "closed_until" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "provider_gates_pkey" PRIMARY KEY ("provider_name")
);

-- Why a provider judged as it did.
ALTER TABLE "enrichment_results" ADD COLUMN "reasons" JSONB NOT NULL DEFAULT '[]';
