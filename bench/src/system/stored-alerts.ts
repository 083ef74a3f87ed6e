import { type Database } from '@calseta/database';
import { fillTables } from './fill-tables.js';

/** Number of distinct values of each type in the stored alerts; the alerts of a load use as many. */
export const INDICATOR_POOL = 10_000;

/** Three values per number: the alerts of a load contain the address and the hash too. */
export const STORE_INDICATORS = `
  INSERT INTO indicators (id, type, value, classification, first_seen_at, last_seen_at, updated_at)
  SELECT gen_random_uuid(), type::indicator_type, value, 'public', now(), now(), now()
    FROM generate_series(0, $1::int - 1) AS drawn,
         LATERAL (VALUES
           ('ip', '45.' || ((drawn >> 16) & 255) || '.' || ((drawn >> 8) & 255) || '.' || (drawn & 255)),
           ('domain', 'host-' || drawn || '.stored.example.com'),
           ('hash_sha256', repeat(lpad(to_hex(drawn + 1), 8, '0'), 8))) AS named (type, value)
  ON CONFLICT (type, value) DO NOTHING`;

/** In the order of their ids, one second apart. */
const STORE_ALERTS = `
  INSERT INTO alerts (id, source_name, native_alert_id, dedup_key, title, description, severity, occurred_at, received_at,
    last_seen_at, raw_payload, stage, stage_changed_at, next_sweep_at, tags, source_rule_id,
    indicator_count, enrichment_status, enriched_at, malice, updated_at)
  SELECT ${storedId('number')},
         CASE WHEN number % 4 = 0 THEN 'generic' ELSE 'sentinel' END, 'stored-' || number, 'stored-' || number,
         'Stored alert ' || number, 'An office program started a shell that opened a connection',
         (ARRAY['Low', 'Medium', 'High', 'Critical'])[1 + number % 4]::severity, at, at, at,
         json_build_object('alert_id', 'stored-' || number, 'title', 'Stored alert ' || number,
           'description', 'An office program started a shell that opened a connection'),
         'dispatched', at, at, ARRAY['stored'], 'RULE-' || number % 20, 3, 'Enriched', at, 'Benign', at
    FROM generate_series(1, $1::int) AS number,
         LATERAL (SELECT now() - make_interval(secs => $1 - number) AS at) AS moment`;

const STORE_SLOTS = `
  INSERT INTO dedup_slots (source_name, dedup_key, alert_id, expires_at)
  SELECT source_name, dedup_key, id, received_at + interval '1 day'
    FROM alerts WHERE dedup_key LIKE 'stored-%'`;

export const STORE_LINKS = `
  INSERT INTO alert_indicators (alert_id, indicator_id, position)
  SELECT alerts.id, indicators.id, place.position
    FROM generate_series(1, $1::int) AS number
    JOIN alerts ON alerts.id = ${storedId('number')},
         LATERAL (SELECT number % $2::int AS drawn) AS draw,
         LATERAL (VALUES
           (0, 'ip', '45.' || ((drawn >> 16) & 255) || '.' || ((drawn >> 8) & 255) || '.' || (drawn & 255)),
           (1, 'domain', 'host-' || drawn || '.stored.example.com'),
           (2, 'hash_sha256', repeat(lpad(to_hex(drawn + 1), 8, '0'), 8))) AS place (position, type, value)
    JOIN indicators ON indicators.type = place.type::indicator_type AND indicators.value = place.value`;

/** One delivery to each existing agent, successful at the first attempt. */
const STORE_DELIVERIES = `
  INSERT INTO deliveries (id, agent_id, alert_id, revision, status, attempt_count, next_attempt_at, created_at, finished_at)
  SELECT gen_random_uuid(), agents.id, alerts.id, 1, 'delivered', 1,
         alerts.received_at, alerts.received_at, alerts.received_at
    FROM alerts CROSS JOIN agents WHERE alerts.dedup_key LIKE 'stored-%'`;

const STORE_ATTEMPTS = `
  INSERT INTO delivery_attempts (id, delivery_id, number, started_at, duration_ms, outcome, status_code)
  SELECT gen_random_uuid(), id, 1, created_at, 5, 'delivered', 204 FROM deliveries`;

export function storedId(number: string): string {
  return `('01900000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;
}

/** Dispatched alerts with all related rows, written by the database itself. */
export async function storeAlerts(database: Database, count: number): Promise<void> {
  await fillTables(database, async (client) => {
    await client.query(STORE_INDICATORS, [INDICATOR_POOL]);
    await client.query(STORE_ALERTS, [count]);
    await client.query('ANALYZE');
    await client.query(STORE_SLOTS);
    await client.query(STORE_LINKS, [count, INDICATOR_POOL]);
    await client.query(STORE_DELIVERIES);
    await client.query(STORE_ATTEMPTS);
  });
}
