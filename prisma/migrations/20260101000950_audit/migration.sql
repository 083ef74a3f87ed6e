-- Who changed what. Triggers write an entry in the transaction of the change; one writer chains the entries later
-- (`sequence`, `previous_hash`, `hash`), so that no change waits for another.
CREATE TABLE "audit_entries" (
  "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "position" BIGSERIAL NOT NULL,
  "sequence" BIGINT,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "actor" TEXT NOT NULL,
  "actor_type" TEXT NOT NULL,
  "key_id" TEXT,
  "agent_id" UUID,
  "address" TEXT,
  "request_id" TEXT,
  "via" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "resource_type" TEXT NOT NULL,
  "resource_id" TEXT NOT NULL,
  "before" JSONB,
  "after" JSONB,
  "before_salt" TEXT,
  "after_salt" TEXT,
  "before_hash" TEXT,
  "after_hash" TEXT,
  "previous_hash" TEXT,
  "hash" TEXT,
  CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "audit_entries_chained_check"
    CHECK (("sequence" IS NULL) = ("hash" IS NULL) AND ("hash" IS NULL) = ("previous_hash" IS NULL)),
  CONSTRAINT "audit_entries_actor_type_check"
    CHECK ("actor_type" IN ('human', 'agent', 'approver', 'system'))
);
CREATE UNIQUE INDEX "audit_entries_sequence_key" ON "audit_entries" ("sequence");
CREATE INDEX "audit_entries_resource_idx"
  ON "audit_entries" ("resource_type", "resource_id", "sequence" DESC);
CREATE INDEX "audit_entries_actor_idx" ON "audit_entries" ("actor", "sequence" DESC);
CREATE INDEX "audit_entries_action_idx" ON "audit_entries" ("action", "sequence" DESC);
CREATE INDEX "audit_entries_request_id_idx" ON "audit_entries" ("request_id");
CREATE INDEX "audit_entries_at_idx" ON "audit_entries" ("at");
CREATE INDEX "audit_entries_texts_idx" ON "audit_entries" ("at")
  WHERE "before_salt" IS NOT NULL OR "after_salt" IS NOT NULL;
CREATE INDEX "audit_entries_pending_idx" ON "audit_entries" ("position") WHERE "sequence" IS NULL;

-- Both ends of the chain. Whoever chains holds this row; retention moves the base before it deletes.
CREATE TABLE "audit_chain" (
  "id" INTEGER NOT NULL DEFAULT 1,
  "base_sequence" BIGINT NOT NULL DEFAULT 0,
  "base_hash" TEXT NOT NULL,
  "last_sequence" BIGINT NOT NULL DEFAULT 0,
  "last_hash" TEXT NOT NULL,
  CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "audit_chain_single_row_check" CHECK ("id" = 1)
);
INSERT INTO "audit_chain" ("id", "base_hash", "last_hash") VALUES (1, repeat('0', 64), repeat('0', 64));

-- Entries are only added. They change when they are chained, once, and when their texts are emptied.
CREATE FUNCTION "guard_audit_entries"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  links CONSTANT text[] := ARRAY['sequence', 'previous_hash', 'hash', 'before_salt', 'before_hash',
    'after_salt', 'after_hash'];
  texts CONSTANT text[] := ARRAY['before', 'after', 'before_salt', 'after_salt'];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD."sequence" IS NULL AND to_jsonb(OLD) - links = to_jsonb(NEW) - links THEN
      RETURN NEW;
    END IF;
    IF OLD."sequence" IS NOT NULL AND to_jsonb(OLD) - texts = to_jsonb(NEW) - texts
       AND num_nonnulls(NEW."before", NEW."after", NEW."before_salt", NEW."after_salt") = 0 THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF OLD."sequence" <= (SELECT "base_sequence" FROM "audit_chain") THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'Entries of the audit log are only added.';
END
$$;
CREATE TRIGGER "audit_entries_guard" BEFORE UPDATE OR DELETE ON "audit_entries"
  FOR EACH ROW EXECUTE FUNCTION "guard_audit_entries"();
CREATE TRIGGER "audit_entries_guard_truncate" BEFORE TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "guard_audit_entries"();

-- A long value stands in an entry as its length and digest.
CREATE FUNCTION "audit_value"("value" jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN octet_length("value"::text) <= 4096 THEN "value"
    ELSE jsonb_build_object(
      'omitted_bytes', octet_length("value"::text),
      'sha256', encode(sha256(convert_to("value"::text, 'UTF8')), 'hex'))
  END
$$;

-- A secret stands in an entry as the fact that there is one: names and ids stay, values do not.
CREATE FUNCTION "audit_secret"("value" jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE jsonb_typeof("value")
    WHEN 'null' THEN "value"
    WHEN 'object' THEN (
      SELECT coalesce(jsonb_object_agg(name, '[secret]'), '{}') FROM jsonb_object_keys("value") name)
    WHEN 'array' THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('id', item -> 'id')), '[]')
      FROM jsonb_array_elements("value") item)
    ELSE '"[secret]"'::jsonb
  END
$$;

-- `calseta.audit` says in the transaction who acts; without it the process itself does.
CREATE FUNCTION "write_audit_entry"(
  "verb" text, "type" text, "of_id" text, "was" jsonb, "is_now" jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  who jsonb := nullif(current_setting('calseta.audit', true), '')::jsonb;
BEGIN
  INSERT INTO "audit_entries" ("actor", "actor_type", "key_id", "agent_id", "address", "request_id",
    "via", "action", "resource_type", "resource_id", "before", "after")
  VALUES (
    coalesce(who ->> 'actor', 'system'), coalesce(who ->> 'actor_type', 'system'),
    who ->> 'key_id', (who ->> 'agent_uuid')::uuid, who ->> 'address', who ->> 'request_id',
    coalesce(who ->> 'via', nullif(current_setting('application_name', true), ''), 'database'),
    "type" || '.' || "verb", "type", "of_id", "was", "is_now");
END
$$;

-- Arguments: type of resource, column of its id, columns that say nothing, columns that are secret.
-- An update says only what differs.
CREATE FUNCTION "audit_row"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - TG_ARGV[2]::text[] END;
  new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - TG_ARGV[2]::text[] END;
  secrets text[] := TG_ARGV[3]::text[];
  was jsonb;
  is_now jsonb;
BEGIN
  IF TG_OP = 'UPDATE' AND old_row = new_row THEN
    RETURN NULL;
  END IF;
  SELECT jsonb_object_agg(regexp_replace(key, '_encrypted$', ''),
           CASE WHEN key = ANY (secrets) THEN "audit_secret"(value) ELSE "audit_value"(value) END)
    INTO was FROM jsonb_each(old_row)
   WHERE key <> TG_ARGV[1] AND (TG_OP <> 'UPDATE' OR value IS DISTINCT FROM new_row -> key);
  SELECT jsonb_object_agg(regexp_replace(key, '_encrypted$', ''),
           CASE WHEN key = ANY (secrets) THEN "audit_secret"(value) ELSE "audit_value"(value) END)
    INTO is_now FROM jsonb_each(new_row)
   WHERE key <> TG_ARGV[1] AND (TG_OP <> 'UPDATE' OR value IS DISTINCT FROM old_row -> key);
  PERFORM "write_audit_entry"(
    CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'updated' ELSE 'deleted' END,
    TG_ARGV[0], coalesce(new_row, old_row) ->> TG_ARGV[1], was, is_now);
  RETURN NULL;
END
$$;

-- Audits a table. `only_when_asked`: changes that the pipeline makes by itself are not entries.
CREATE FUNCTION "audit_table"(
  "name" text, "type" text, "id_column" text, "left_out" text[], "secrets" text[],
  "events" text DEFAULT 'INSERT OR UPDATE OR DELETE', "only_when_asked" boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE TRIGGER %I AFTER %s ON %I FOR EACH ROW %s EXECUTE FUNCTION "audit_row"(%L, %L, %L, %L)',
    "name" || '_audit', "events", "name",
    CASE WHEN "only_when_asked"
      THEN 'WHEN (nullif(current_setting(''calseta.audit'', true), '''') IS NOT NULL)' ELSE '' END,
    "type", "id_column", "left_out"::text, "secrets"::text);
END
$$;

-- The pipeline writes counters and states of agents and sources, so that only these columns call the trigger.
SELECT "audit_table"('agents', 'agent', 'id',
  '{created_at,updated_at,paused_ms,consecutive_failures,failing_since,last_error,last_error_at,breaker_open_until}',
  '{auth_header_encrypted,signing_secret_encrypted,previous_secret_encrypted,headers,tls_key_encrypted}',
  'INSERT OR DELETE OR UPDATE OF "name", "documentation", "webhook_url", "auth_header_encrypted",
   "signing_secret_encrypted", "previous_secret_encrypted", "previous_secret_expires_at", "trigger_filter",
   "match", "timeout_seconds", "max_concurrency", "is_active", "receive_updates", "events",
   "receive_quarantined", "headers", "expires_at", "mode", "payload_mode", "max_tokens", "max_bytes",
   "disabled_reason", "disabled_at", "tls_ca", "tls_certificate", "tls_key_encrypted"');
SELECT "audit_table"('sources', 'source', 'name',
  '{created_at,updated_at,last_seen_at,accepted_count,rejected_count,unread_severity_count,last_rejected_at,last_rejected_reason,quarantined_count,last_quarantined_at,last_quarantined_reason}',
  '{hmac_secrets,subscriptions}',
  'INSERT OR DELETE OR UPDATE OF "plugin", "field_mapping", "dedup_window_seconds", "rate_limit_per_minute",
   "on_update", "on_resolved", "hmac_secrets", "is_active"');
SELECT "audit_table"('api_keys', 'api_key', 'id', '{created_at,last_used_at}', '{secret_hash}');
SELECT "audit_table"('context_documents', 'context_document', 'id', '{created_at,updated_at}', '{}');
SELECT "audit_table"('indicator_mappings', 'indicator_mapping', 'id', '{created_at,updated_at}', '{}');
SELECT "audit_table"('workflows', 'workflow', 'id', '{created_at,updated_at}', '{}');
SELECT "audit_table"('secrets', 'secret', 'name', '{created_at,updated_at}', '{value_encrypted}');
SELECT "audit_table"('secret_grants', 'secret_grant', 'secret_name', '{}', '{}');
SELECT "audit_table"('enrichment_providers', 'enrichment_provider', 'id',
  '{created_at,updated_at,config_version}', '{credentials}');
SELECT "audit_table"('threat_lists', 'threat_list', 'id', '{created_at,updated_at}', '{}');
SELECT "audit_table"('approvers', 'approver', 'id', '{created_at,updated_at}',
  '{webhook_url_encrypted,signing_secret_encrypted,slack_webhook_url_encrypted}');
SELECT "audit_table"('mutes', 'mute', 'id', '{created_at,muted_count,last_muted_at}', '{}',
  'INSERT OR DELETE');
SELECT "audit_table"('approvals', 'approval', 'id', '{created_at}', '{}', 'UPDATE OF "status"');
-- The extractor makes rules at first sight of them; those are not changes of the configuration.
SELECT "audit_table"('detection_rules', 'detection_rule', 'id', '{created_at,updated_at}', '{}',
  'INSERT OR UPDATE OR DELETE', true);
SELECT "audit_table"('workflow_runs', 'workflow_run', 'id',
  '{created_at,steps,finished_at,started_at,lease_holder,leased_until,outcome,summary}', '{}', 'INSERT', true);
SELECT "audit_table"('findings', 'finding', 'id', '{created_at}', '{}', 'INSERT', true);
SELECT "audit_table"('alert_comments', 'comment', 'id', '{created_at}', '{}', 'INSERT', true);
SELECT "audit_table"('deliveries', 'delivery', 'id',
  '{created_at,lease_token,leased_until,next_attempt_at,event_data,last_error,pushed_tokens,attempt_count,earlier_attempts,finished_at}',
  '{}', 'INSERT OR UPDATE OF "opened_at"', true);

-- Alerts and indicators: only what people and agents decide. Their payloads never stand in an entry.
CREATE FUNCTION "audit_alert"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := jsonb_build_object('status', OLD."status", 'severity', OLD."severity", 'tags', OLD."tags",
    'assignee', OLD."assignee", 'close_classification', OLD."close_classification",
    'malice_override', OLD."malice_override");
  is_now jsonb;
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM "write_audit_entry"('deleted', 'alert', OLD."id"::text,
      was || jsonb_build_object('title', "audit_value"(to_jsonb(OLD."title")), 'source_name', OLD."source_name",
        'received_at', OLD."received_at"), NULL);
    RETURN NULL;
  END IF;
  is_now := jsonb_build_object('status', NEW."status", 'severity', NEW."severity", 'tags', NEW."tags",
    'assignee', NEW."assignee", 'close_classification', NEW."close_classification",
    'malice_override', NEW."malice_override");
  IF was <> is_now THEN
    PERFORM "write_audit_entry"('updated', 'alert', OLD."id"::text,
      (SELECT jsonb_object_agg(key, "audit_value"(value)) FROM jsonb_each(was) WHERE value <> is_now -> key),
      (SELECT jsonb_object_agg(key, "audit_value"(value)) FROM jsonb_each(is_now) WHERE value <> was -> key));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "alerts_audit" AFTER DELETE OR UPDATE OF
    "status", "severity", "tags", "assignee", "close_classification", "malice_override"
  ON "alerts" FOR EACH ROW
  WHEN (nullif(current_setting('calseta.audit', true), '') IS NOT NULL)
  EXECUTE FUNCTION "audit_alert"();

CREATE FUNCTION "audit_indicator"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "write_audit_entry"('updated', 'indicator', OLD."id"::text,
    jsonb_build_object('type', OLD."type", 'value', "audit_value"(to_jsonb(OLD."value")),
      'malice_override', OLD."malice_override"),
    jsonb_build_object('type', NEW."type", 'value', "audit_value"(to_jsonb(NEW."value")),
      'malice_override', NEW."malice_override"));
  RETURN NULL;
END
$$;
CREATE TRIGGER "indicators_audit" AFTER UPDATE OF "malice_override" ON "indicators" FOR EACH ROW
  WHEN (OLD."malice_override" IS DISTINCT FROM NEW."malice_override"
    AND nullif(current_setting('calseta.audit', true), '') IS NOT NULL)
  EXECUTE FUNCTION "audit_indicator"();

-- A replay of an alert says in its activity who asked for it, and from which stage on.
CREATE FUNCTION "audit_replay"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "write_audit_entry"('replayed', 'alert', NEW."alert_id"::text, NULL, "audit_value"(NEW."detail"));
  RETURN NULL;
END
$$;
CREATE TRIGGER "activity_audit" AFTER INSERT ON "activity" FOR EACH ROW
  WHEN (NEW."kind" = 'replayed' AND nullif(current_setting('calseta.audit', true), '') IS NOT NULL)
  EXECUTE FUNCTION "audit_replay"();
