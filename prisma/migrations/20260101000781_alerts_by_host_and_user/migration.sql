-- By what alerts are found: hosts and users as they are written, the bare names beside them, in lower case.
CREATE FUNCTION "calseta_subject_keys"("hosts" TEXT[], "users" TEXT[]) RETURNS TEXT[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN cardinality("hosts") = 0 AND cardinality("users") = 0 THEN '{}'::TEXT[]
    ELSE ARRAY(
      SELECT 'host:' || lower(host) FROM unnest("hosts") AS host
      UNION
      SELECT 'host:' || lower(split_part(host, '.', 1)) FROM unnest("hosts") AS host
       WHERE host ~ '^[^.:]*[^.:0-9][^.:]*\.'
      UNION
      SELECT 'user:' || lower(name) FROM unnest("users") AS name
      UNION
      SELECT 'user:' || lower(split_part(regexp_replace(name, '^.*\\', ''), '@', 1)) FROM unnest("users") AS name
       WHERE name ~ '.[\\@].'
    )
  END;

ALTER TABLE "alerts" ADD COLUMN "subject_keys" TEXT[]
  GENERATED ALWAYS AS ("calseta_subject_keys"("hosts", "users")) STORED;

CREATE INDEX "alerts_subject_keys_idx" ON "alerts" USING GIN ("subject_keys");
