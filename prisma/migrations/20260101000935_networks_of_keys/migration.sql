-- From where a key may be used, as CIDRs; null: from anywhere.
ALTER TABLE "api_keys" ADD COLUMN "allowed_networks" TEXT[];
CREATE TRIGGER "api_keys_networks_config_version"
  AFTER UPDATE OF "allowed_networks"
  ON "api_keys" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();
