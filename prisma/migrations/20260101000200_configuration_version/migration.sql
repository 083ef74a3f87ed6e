-- One row that grows with every change of what the services cache, in the transaction of that change.
-- Columns that the services themselves write on their hot paths (counters, times of last use) do not
-- count: the row would become a lock that they all wait for. Detection rules are read for each alert
-- and not cached, so they do not count either.

INSERT INTO "config_version" ("id", "version") VALUES (1, 1);

ALTER TABLE "config_version" ADD CONSTRAINT "config_version_single_row_check" CHECK ("id" = 1);

CREATE FUNCTION "bump_config_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "config_version" SET "version" = "version" + 1, "changed_at" = clock_timestamp();
  RETURN NULL;
END
$$;

CREATE TRIGGER "api_keys_config_version"
  AFTER INSERT OR DELETE OR UPDATE OF
    "id", "name", "key_type", "scopes", "allowed_sources", "url_token_source", "secret_hash",
    "expires_at", "revoked_at"
  ON "api_keys" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "agents_config_version"
  AFTER INSERT OR DELETE OR UPDATE OF
    "name", "documentation", "webhook_url", "auth_header_encrypted", "signing_secret_encrypted",
    "previous_secret_encrypted", "previous_secret_expires_at", "trigger_filter", "timeout_seconds",
    "max_concurrency", "is_active", "disabled_reason"
  ON "agents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "sources_config_version"
  AFTER INSERT OR DELETE OR UPDATE OF
    "name", "plugin", "field_mapping", "dedup_window_seconds", "rate_limit_per_minute",
    "hmac_secrets", "is_active"
  ON "sources" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "context_documents_config_version"
  AFTER INSERT OR DELETE OR UPDATE
  ON "context_documents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "workflows_config_version"
  AFTER INSERT OR DELETE OR UPDATE
  ON "workflows" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "indicator_mappings_config_version"
  AFTER INSERT OR DELETE OR UPDATE
  ON "indicator_mappings" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "enrichment_providers_config_version"
  AFTER INSERT OR DELETE OR UPDATE
  ON "enrichment_providers" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();
