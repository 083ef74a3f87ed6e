import { type Database } from '@calseta/database';
import { fillTables } from './fill-tables.js';
import { INDICATOR_POOL, STORE_INDICATORS, STORE_LINKS, storedId } from './stored-alerts.js';
import { withoutIndexes } from './without-indexes.js';

/** Days over which the alerts came. */
export const STORED_DAYS = 90;
const RULES = 200;

const STORE_RULES = `
  INSERT INTO detection_rules (id, name, source_name, source_rule_id, documentation)
  SELECT ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, 'Rule ' || n, 'source-' || n % 10, 'RULE-' || n, 'What to do'
    FROM generate_series(0, ${RULES - 1}) AS n
  ON CONFLICT DO NOTHING`;

/** A number below `$below`, drawn from that of the alert: the same for the same alert, another for each use. */
const drawn = (use: number, below: number): string =>
  `((hashint8(number::bigint * 1009 + ${use})::bigint & 2147483647) % ${below})`;

const STORE_VARIED = `
  INSERT INTO alerts (id, source_name, native_alert_id, dedup_key, title, description, severity, status, tags, hosts, users,
    occurred_at, received_at, last_seen_at, raw_payload, stage, stage_changed_at, next_sweep_at, source_rule_id,
    detection_rule_id, indicator_count, enrichment_status, enriched_at, malice, malice_override, mute_id,
    close_classification, triaged_at, closed_at, updated_at)
  SELECT ${storedId('number')}, source, 'stored-' || number, 'stored-' || number,
         'Stored alert ' || number || ' topic' || ${drawn(1, 1_000)},
         'An office program started a shell that opened a connection',
         severity::severity, status::alert_status,
         ARRAY['stored', 'team-' || ${drawn(2, 20)}, 'campaign-' || ${drawn(21, 1_000)}]
           || CASE WHEN ${drawn(22, 4)} = 0 THEN ARRAY['edr'] ELSE '{}' END
           || CASE WHEN number % 50000 = 7 THEN ARRAY['rare'] ELSE '{}' END,
         ARRAY['ws-' || ${drawn(3, 20_000)} || '.corp.example'] || CASE WHEN ${drawn(4, 10)} = 0 THEN ARRAY['dc-01'] ELSE '{}' END,
         ARRAY['user' || ${drawn(5, 5_000)}] || CASE WHEN ${drawn(6, 10)} = 0 THEN ARRAY['svc-backup'] ELSE '{}' END,
         -- Some forwarders deliver days late.
         at - make_interval(secs => ${drawn(7, 600)} * CASE WHEN ${drawn(23, 20)} = 0 THEN 432 ELSE 1 END), at, at,
         json_build_object('alert_id', 'stored-' || number, 'title', 'Stored alert ' || number,
           'description', 'An office program started a shell that opened a connection'),
         CASE ${drawn(8, 2_000)} WHEN 0 THEN 'failed' WHEN 1 THEN 'quarantined' ELSE 'dispatched' END::pipeline_stage,
         at, at, 'RULE-' || rule, CASE WHEN ${drawn(9, 5)} > 0 THEN ('01900000-0000-7000-8001-' || lpad(to_hex(rule), 12, '0'))::uuid END, 3,
         CASE WHEN ${drawn(10, 100)} = 0 THEN 'Failed' WHEN ${drawn(10, 100)} < 5 THEN 'Partial' ELSE 'Enriched' END::enrichment_status,
         at, (ARRAY['Benign', 'Benign', 'Benign', 'Benign', 'Benign', 'Benign', 'Pending', 'Suspicious', 'Suspicious', 'Malicious'])[1 + ${drawn(11, 10)}]::malice,
         CASE WHEN ${drawn(12, 1_000)} = 0 THEN 'Malicious'::malice END,
         CASE WHEN ${drawn(13, 50)} = 0 THEN '01900000-0000-7000-8002-000000000001'::uuid END,
         CASE WHEN status = 'Closed' THEN (ARRAY['true_positive', 'false_positive', 'false_positive', 'benign_positive', NULL])[1 + ${drawn(14, 5)}] END,
         CASE WHEN status <> 'Open' THEN at + make_interval(secs => ${drawn(15, 3_600)}) END,
         CASE WHEN status = 'Closed' THEN at + make_interval(secs => 3600 + ${drawn(16, 20_000)}) END, at
    FROM generate_series(1, $1::int) AS number,
         LATERAL (SELECT ${drawn(17, 10)} AS source_number, ${drawn(18, 100)} AS severity_number, ${drawn(19, 100)} AS status_number,
                         date_trunc('milliseconds', now() - make_interval(secs => ($1 - number) * (${STORED_DAYS} * 86400.0 / $1))) AS at) AS d,
         LATERAL (SELECT CASE WHEN source_number < 4 THEN 'generic' ELSE 'source-' || source_number END AS source,
                         -- Of each source's rules, the first has half of the alerts, the last one in eighty.
                         source_number + 10 * floor(${RULES / 10} * power(${drawn(20, 1_000_000)} / 1000000.0, 4))::int AS rule,
                         CASE WHEN status_number < 60 THEN 'Closed' WHEN status_number < 90 THEN 'Open'
                              WHEN status_number < 97 THEN 'Triaging' ELSE 'Escalated' END AS status,
                         -- The generic source sends no critical alerts: two frequent values that are never together.
                         CASE WHEN severity_number < 20 AND source_number >= 4 THEN 'Critical'
                              WHEN severity_number < 50 THEN 'High' WHEN severity_number < 80 THEN 'Medium'
                              ELSE 'Low' END AS severity) AS e`;

/** As extraction writes them. */
const STORE_TEXTS = `
  INSERT INTO alert_texts (alert_id, words, received_on)
  SELECT id, calseta_words(concat_ws(' ', title, description, source_rule_name, source_rule_id, native_alert_id,
           array_to_string(hosts, ' '), array_to_string(users, ' '), array_to_string(tags, ' '))),
         (received_at AT TIME ZONE 'UTC')::date FROM alerts`;

const FILLED = ['alerts', 'alert_indicators', 'alert_texts'];

/**
 * Dispatched, failed and quarantined alerts of many kinds over a month, with their indicators and words, written by the
 * database itself.
 */
export async function storeVariedAlerts(database: Database, count: number): Promise<void> {
  await fillTables(database, async (client) => {
    await client.query(STORE_INDICATORS, [INDICATOR_POOL]);
    await client.query(STORE_RULES);
    await withoutIndexes(client, FILLED, async () => {
      await client.query(STORE_VARIED, [count]);
      await client.query('ANALYZE alerts, indicators');
      await client.query(STORE_LINKS, [count, INDICATOR_POOL]);
      await client.query(STORE_TEXTS);
    });
  });
}
