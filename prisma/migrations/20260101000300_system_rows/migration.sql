-- What every installation starts with: sources for the built-in plugins, the mappings over normalised
-- fields, and the providers that need neither key nor network.

INSERT INTO "sources" ("name", "plugin")
SELECT name, name FROM unnest(ARRAY[
  'generic', 'sentinel', 'elastic', 'splunk', 'wazuh', 'crowdstrike', 'ms_graph',
  'aws_guardduty', 'google_workspace', 'alertmanager', 'suricata', 'okta'
]) AS name;

INSERT INTO "indicator_mappings" ("id", "pass", "path", "indicator_type", "role") VALUES
  ('01890000-0000-7000-8000-000000000001', 'system', 'src_ip', 'ip', 'source'),
  ('01890000-0000-7000-8000-000000000002', 'system', 'dst_ip', 'ip', 'destination'),
  ('01890000-0000-7000-8000-000000000003', 'system', 'src_hostname', 'domain', 'source'),
  ('01890000-0000-7000-8000-000000000004', 'system', 'dst_hostname', 'domain', 'destination'),
  ('01890000-0000-7000-8000-000000000005', 'system', 'file_hash_md5', 'hash_md5', 'file'),
  ('01890000-0000-7000-8000-000000000006', 'system', 'file_hash_sha1', 'hash_sha1', 'file'),
  ('01890000-0000-7000-8000-000000000007', 'system', 'file_hash_sha256', 'hash_sha256', 'file'),
  ('01890000-0000-7000-8000-000000000008', 'system', 'actor_email', 'email', 'actor'),
  ('01890000-0000-7000-8000-000000000009', 'system', 'actor_username', 'account', 'actor'),
  ('01890000-0000-7000-8000-00000000000a', 'system', 'dns_query', 'domain', NULL),
  ('01890000-0000-7000-8000-00000000000b', 'system', 'http_url', 'url', NULL),
  ('01890000-0000-7000-8000-00000000000c', 'system', 'http_hostname', 'domain', NULL),
  ('01890000-0000-7000-8000-00000000000d', 'system', 'email_from', 'email', 'sender'),
  ('01890000-0000-7000-8000-00000000000e', 'system', 'email_reply_to', 'email', 'sender');

INSERT INTO "enrichment_providers"
  ("name", "indicator_types", "reliability", "ttl_seconds", "negative_ttl_seconds", "timeout_ms")
VALUES
  ('sightings', enum_range(NULL::"indicator_type"), 0.3, 5, 5, 2000),
  ('threat_lists', enum_range(NULL::"indicator_type"), 0.9, 60, 60, 2000),
  ('ip_intel', ARRAY['ip']::"indicator_type"[], 0.3, 3600, 300, 2000);
