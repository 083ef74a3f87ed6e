-- alerts:write no longer covers mappings, rules, documents and verdicts: config:write does. Keys made before keep
-- what they could do. Not in "scopes": the version before, which runs meanwhile, fails on words it does not know.
ALTER TABLE "api_keys" ADD COLUMN "added_scopes" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

UPDATE "api_keys" SET "added_scopes" = '{config:write}' WHERE 'alerts:write' = ANY("scopes");

-- Whom a key stands for, and who made it.
ALTER TABLE "api_keys" ADD COLUMN "principal" TEXT, ADD COLUMN "created_by" TEXT;

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_principal_check"
  CHECK ("principal" IS NULL OR "key_type" = 'human');

CREATE TRIGGER "api_keys_new_columns_config_version"
  AFTER UPDATE OF "added_scopes", "principal"
  ON "api_keys" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();
