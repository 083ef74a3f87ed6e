-- How often a source is expected to send is set by operators; since when it is silent is found out by the services.
SELECT "audit_table"('sources', 'source', 'name',
  '{created_at,updated_at,last_seen_at,accepted_count,rejected_count,unread_severity_count,last_rejected_at,last_rejected_reason,quarantined_count,last_quarantined_at,last_quarantined_reason,silent_since}',
  '{hmac_secrets,subscriptions}',
  'INSERT OR DELETE OR UPDATE OF "plugin", "field_mapping", "dedup_window_seconds", "rate_limit_per_minute",
   "on_update", "on_resolved", "hmac_secrets", "is_active", "expected_every_seconds"');
SELECT "audit_table"('api_keys', 'api_key', 'id', '{created_at,updated_at,last_used_at}', '{secret_hash}');
