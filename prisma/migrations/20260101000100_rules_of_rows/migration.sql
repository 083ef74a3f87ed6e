-- What the Prisma schema cannot say: list columns that are never null, checks, partial indexes.

DO $$
DECLARE
  list record;
BEGIN
  FOR list IN
    SELECT table_name, column_name
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'ARRAY' AND table_name NOT LIKE '\_prisma%'
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET NOT NULL', list.table_name, list.column_name);
  END LOOP;
END
$$;

ALTER TABLE "sources"
  ADD CONSTRAINT "sources_dedup_window_check" CHECK ("dedup_window_seconds" >= 0),
  ADD CONSTRAINT "sources_rate_limit_check" CHECK ("rate_limit_per_minute" > 0);

ALTER TABLE "alerts"
  ADD CONSTRAINT "alerts_duplicate_count_check" CHECK ("duplicate_count" >= 0),
  ADD CONSTRAINT "alerts_revision_check" CHECK ("revision" >= 1),
  ADD CONSTRAINT "alerts_sweep_count_check" CHECK ("sweep_count" >= 0),
  ADD CONSTRAINT "alerts_indicator_count_check" CHECK ("indicator_count" >= 0);

ALTER TABLE "context_documents"
  ADD CONSTRAINT "context_documents_version_check" CHECK ("version" >= 1);

ALTER TABLE "agents"
  ADD CONSTRAINT "agents_timeout_check" CHECK ("timeout_seconds" > 0),
  ADD CONSTRAINT "agents_concurrency_check" CHECK ("max_concurrency" > 0),
  ADD CONSTRAINT "agents_failures_check" CHECK ("consecutive_failures" >= 0);

ALTER TABLE "deliveries"
  ADD CONSTRAINT "deliveries_alert_check" CHECK ("kind" <> 'alert' OR "alert_id" IS NOT NULL),
  ADD CONSTRAINT "deliveries_attempt_count_check" CHECK ("attempt_count" >= 0);

ALTER TABLE "findings"
  ADD CONSTRAINT "findings_confidence_check" CHECK ("confidence" BETWEEN 0 AND 1);

ALTER TABLE "api_keys"
  ADD CONSTRAINT "api_keys_id_check" CHECK (char_length("id") = 16),
  ADD CONSTRAINT "api_keys_secret_hash_check" CHECK (octet_length("secret_hash") = 32),
  ADD CONSTRAINT "api_keys_allowed_sources_check"
    CHECK (jsonb_typeof("allowed_sources") = 'array');

ALTER TABLE "indicator_mappings"
  ADD CONSTRAINT "indicator_mappings_pass_check" CHECK ("pass" IN ('system', 'custom'));

ALTER TABLE "enrichment_providers"
  ADD CONSTRAINT "enrichment_providers_reliability_check" CHECK ("reliability" BETWEEN 0 AND 1),
  ADD CONSTRAINT "enrichment_providers_ttl_check"
    CHECK ("ttl_seconds" >= 0 AND "negative_ttl_seconds" >= 0),
  ADD CONSTRAINT "enrichment_providers_timeout_check" CHECK ("timeout_ms" > 0);

-- Sweepers look for alerts that stand at their input stage.
CREATE INDEX "alerts_sweep_idx" ON "alerts" ("stage", "next_sweep_at")
  WHERE "stage" IN ('ingested', 'extracted', 'enriched');

-- Lists of what went aside.
CREATE INDEX "alerts_aside_idx" ON "alerts" ("stage", "id" DESC)
  WHERE "stage" IN ('failed', 'quarantined');

-- Dispatchers look for due deliveries, over all agents and for one that has room again.
CREATE INDEX "deliveries_due_idx" ON "deliveries" ("next_attempt_at") WHERE "status" = 'pending';
CREATE INDEX "deliveries_agent_due_idx" ON "deliveries" ("agent_id", "next_attempt_at")
  WHERE "status" = 'pending';

-- A mapping without a source is one for every source, and as unique as the others.
CREATE UNIQUE INDEX "indicator_mappings_key" ON "indicator_mappings"
  ("pass", "source_name", "path", "indicator_type") NULLS NOT DISTINCT;
