-- Most alerts name no host, no user and no rule when they are inserted: the keys are then null, and two indexes have no entry.
-- The function is in PL/pgSQL because an SQL function starts an executor for each row.
CREATE OR REPLACE FUNCTION "calseta_subject_keys"("hosts" TEXT[], "users" TEXT[]) RETURNS TEXT[]
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  AS $$
BEGIN
  IF cardinality("hosts") = 0 AND cardinality("users") = 0 THEN RETURN NULL; END IF;
  RETURN ARRAY(
    SELECT 'host:' || lower(host) FROM unnest("hosts") AS host
    UNION
    SELECT 'host:' || lower(split_part(host, '.', 1)) FROM unnest("hosts") AS host
     WHERE host ~ '^[^.:]*[^.:0-9][^.:]*\.'
    UNION
    SELECT 'user:' || lower(name) FROM unnest("users") AS name
    UNION
    SELECT 'user:' || lower(split_part(regexp_replace(name, '^.*\\', ''), '@', 1)) FROM unnest("users") AS name
     WHERE name ~ '.[\\@].'
  );
END
$$;

-- What finds alerts by a key or a rule is an operator that is never true of null, so it uses the partial index.
DROP INDEX "alerts_subject_keys_idx";
CREATE INDEX "alerts_subject_keys_idx" ON "alerts" USING GIN ("subject_keys") WHERE "subject_keys" IS NOT NULL;

DROP INDEX "alerts_detection_rule_id_id_idx";
CREATE INDEX "alerts_detection_rule_id_id_idx" ON "alerts" ("detection_rule_id", "id" DESC)
  WHERE "detection_rule_id" IS NOT NULL;
