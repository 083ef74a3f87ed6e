-- The new settings are cached like the others: a change of them is a new version of the configuration.
CREATE TRIGGER "sources_updates_config_version"
  AFTER UPDATE OF "on_update", "on_resolved"
  ON "sources" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();

CREATE TRIGGER "agents_updates_config_version"
  AFTER UPDATE OF "receive_updates"
  ON "agents" FOR EACH STATEMENT EXECUTE FUNCTION "bump_config_version"();
