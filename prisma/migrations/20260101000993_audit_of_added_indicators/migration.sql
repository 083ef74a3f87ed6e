-- An alert says in its activity who asked for a replay and who added indicators.
CREATE OR REPLACE FUNCTION "audit_replay"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "write_audit_entry"(NEW."kind", 'alert', NEW."alert_id"::text, NULL, "audit_value"(NEW."detail"));
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER "activity_audit" AFTER INSERT ON "activity" FOR EACH ROW
  WHEN (NEW."kind" IN ('replayed', 'indicators_added') AND nullif(current_setting('calseta.audit', true), '') IS NOT NULL)
  EXECUTE FUNCTION "audit_replay"();
