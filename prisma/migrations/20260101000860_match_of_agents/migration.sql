-- Agents may have a rule over the whole alert besides their trigger filter.
ALTER TABLE "agents" ADD COLUMN "match" JSONB;

CREATE TRIGGER "agents_match_config_version"
  AFTER UPDATE OF "match"
  ON "agents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();
