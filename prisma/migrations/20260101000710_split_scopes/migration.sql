-- alerts:write no longer covers mappings, rules, documents and verdicts: config:write does. Keys made before keep
-- what they could do.
UPDATE "api_keys"
SET "scopes" = array_append("scopes", 'config:write')
WHERE 'alerts:write' = ANY("scopes") AND NOT 'config:write' = ANY("scopes");

-- Whom a key stands for, and who made it.
ALTER TABLE "api_keys" ADD COLUMN "principal" TEXT, ADD COLUMN "created_by" TEXT;

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_principal_check"
  CHECK ("principal" IS NULL OR "key_type" = 'human');

CREATE TRIGGER "api_keys_principal_config_version"
  AFTER UPDATE OF "principal"
  ON "api_keys" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();
