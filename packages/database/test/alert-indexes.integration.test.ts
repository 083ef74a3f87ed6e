import { beforeAll, describe, expect, test } from '@jest/globals';
import { type AlertFilter, newUuid } from '@calseta/common';
import { createAlertStore } from '../src/alerts/alert-store.js';
import { type Connection, type Database } from '../src/core/database.js';
import { withDatabase } from './with-database.js';

const RULE = newUuid();

/** One alert in ten names a host and a user and has a rule, as few alerts of most sources do. */
const ALERTS = `
  INSERT INTO alerts (id, source_name, dedup_key, title, occurred_at, received_at, last_seen_at, raw_payload,
                      stage_changed_at, next_sweep_at, detection_rule_id, hosts, users)
  SELECT gen_random_uuid(), 'generic', n::text, 'x', now(), now(), now(), '{}', now(), now(),
         CASE WHEN n % 10 = 0 THEN $1::uuid END,
         CASE WHEN n % 10 = 0 THEN ARRAY['WS-' || n || '.corp.example'] ELSE '{}' END,
         CASE WHEN n % 10 = 0 THEN ARRAY['CORP\\user' || n] ELSE '{}' END
    FROM generate_series(1, 5000) AS n`;

describe('the list of alerts', () => {
  let database: Database;
  withDatabase((opened) => {
    database = opened;
  });
  beforeAll(async () => {
    await database.query(
      `INSERT INTO detection_rules (id, name, source_rule_id) VALUES ($1, 'r', 'r')`,
      [RULE],
    );
    await database.query(ALERTS, [RULE]);
    await database.pool.query('ANALYZE alerts');
  });

  /** The plans of the statements that find the alerts of a page. */
  async function planOf(filter: AlertFilter): Promise<string> {
    const plans: string[] = [];
    const search: Database['search'] = async (work) =>
      await database.search(async (connection) => {
        const query: Connection['query'] = async (text, values) => {
          if (/^\s*SELECT[^]*FROM alerts a/.test(text)) {
            const { rows } = await connection.query<{ 'QUERY PLAN': string }>(
              `EXPLAIN ${text}`,
              values,
            );
            plans.push(...rows.map((row) => row['QUERY PLAN']));
          }
          return await connection.query(text, values);
        };
        return await work({ query });
      });
    await createAlertStore({ ...database, search }).list(filter, {
      pageSize: 50,
      includeTotal: false,
    });
    return plans.join('\n');
  }

  test.each<[filter: AlertFilter, index: string]>([
    [{ host: ['ws-500'] }, 'alerts_subject_keys_idx'],
    [{ user: ['user500'], severity: ['Pending'] }, 'alerts_subject_keys_idx'],
    [{ detection_rule_uuid: newUuid() }, 'alerts_rule_received_idx'],
  ])('finds alerts of %j by an index of those that have one', async (filter, index) => {
    const plan = await planOf(filter);
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });

  test('keeps nothing in these indexes for alerts that name no host, user or rule', async () => {
    const { rows } = await database.query<{ entries: string }>(
      `SELECT reltuples::bigint AS entries FROM pg_class
        WHERE relname IN ('alerts_subject_keys_idx', 'alerts_rule_received_idx')`,
    );
    expect(rows.every(({ entries }) => Number(entries) < 5_000)).toBe(true);
    const keys = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM alerts WHERE subject_keys IS NOT NULL',
    );
    expect(keys.rows).toEqual([{ count: 500 }]);
  });
});
