-- Lookups of each provider by hour, so that the share that the cache answered can be told for a period.
CREATE TABLE "provider_lookup_counts" (
  "provider_name" TEXT NOT NULL,
  "hour" TIMESTAMPTZ(3) NOT NULL,
  "lookup_count" BIGINT NOT NULL,
  "cached_count" BIGINT NOT NULL,
  CONSTRAINT "provider_lookup_counts_pkey" PRIMARY KEY ("provider_name", "hour")
);

-- Each version of a provider as it was; the newest is the provider itself. Credentials are in none.
CREATE TABLE "enrichment_provider_versions" (
  "provider_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "title" TEXT NOT NULL,
  "is_enabled" BOOLEAN NOT NULL,
  "base_url" TEXT,
  "indicator_types" "indicator_type"[] NOT NULL,
  "quotas" JSONB NOT NULL,
  "ttls" JSONB NOT NULL,
  "reliability" DOUBLE PRECISION NOT NULL,
  "timeout_ms" INTEGER NOT NULL,
  "is_own_directory" BOOLEAN NOT NULL,
  "max_tlp" TEXT NOT NULL,
  "roles" TEXT[] NOT NULL,
  "lookup" JSONB,
  "credential_names" TEXT[] NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "enrichment_provider_versions_pkey" PRIMARY KEY ("provider_id", "version"),
  CONSTRAINT "enrichment_provider_versions_provider_id_fkey" FOREIGN KEY ("provider_id")
    REFERENCES "enrichment_providers"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

INSERT INTO "enrichment_provider_versions"
SELECT "id", "config_version", CASE WHEN "title" = '' THEN "name" ELSE "title" END, "is_enabled", "base_url",
       "indicator_types", "quotas",
       coalesce("ttls", jsonb_build_object('success', "ttl_seconds", 'not_found', "negative_ttl_seconds")),
       "reliability", "timeout_ms", "is_own_directory", "max_tlp", "roles", "lookup",
       ARRAY(SELECT jsonb_object_keys("credentials") ORDER BY 1), "updated_at"
  FROM "enrichment_providers";
