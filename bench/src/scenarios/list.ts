import { formatNumber } from '../report/section.js';
import { percentiles } from '../report/statistics.js';
import { startSystem, type System } from '../system/start-system.js';
import { type Scenario } from './scenario.js';

const QUESTIONS = [
  '/v1/alerts?page_size=50',
  '/v1/alerts?page_size=50&status=Open&severity=High',
  '/v1/alerts?page_size=50&source_name=generic',
] as const;
const ASKED_EACH = 200;
const WARM_UP = 20;
const WANTED_P95_MS = 20;

/** The first pages that people look at, with many alerts stored. */
export const list: Scenario = {
  name: 'list',
  summary: 'first pages of GET /v1/alerts with many alerts stored',
  async run({ storedAlerts, say }) {
    await using system = await startSystem({
      replicas: { 'ingest-api': 0, extractor: 0, enricher: 0, dispatcher: 0 },
    });
    await storeAlerts(system, storedAlerts);
    say(`${storedAlerts} alerts stored`);
    const rows = [];
    for (const question of QUESTIONS) {
      for (let count = 0; count < WARM_UP; count += 1) await ask(system, question);
      const times: number[] = [];
      for (let count = 0; count < ASKED_EACH; count += 1) {
        const startedAt = performance.now();
        await ask(system, question);
        times.push(performance.now() - startedAt);
      }
      rows.push({ question, ...percentiles(times) });
    }
    const worst = Math.max(...rows.map(({ p95 }) => p95));
    return {
      title: 'list',
      method: `${formatNumber(storedAlerts)} alerts of 20 rules; each question ${ASKED_EACH} times, one after another, over a kept-alive connection.`,
      tables: [
        {
          head: ['question', 'p50 ms', 'p95 ms', 'max ms'],
          rows: rows.map(({ question, p50, p95, max }) => [`\`${question}\``, p50, p95, max]),
        },
      ],
      goals: [
        {
          name: 'p95 of each',
          wanted: `< ${WANTED_P95_MS} ms`,
          measured: `${formatNumber(worst)} ms at most`,
          isMet: worst < WANTED_P95_MS,
        },
      ],
      notes: [],
    };
  },
};

async function ask({ apiUrl, apiKey }: System, path: string): Promise<void> {
  const response = await fetch(apiUrl + path, { headers: { authorization: `Bearer ${apiKey}` } });
  const { data } = (await response.json()) as { data?: unknown[] };
  if (!response.ok || !data || data.length === 0) throw new Error(`${path}: ${response.status}`);
}

/** Dispatched alerts in the order of their ids, a second apart, written by the database itself. */
export async function storeAlerts({ database }: System, count: number): Promise<void> {
  await database.pool.query(
    `INSERT INTO alerts (id, source_name, dedup_key, title, severity, occurred_at, received_at,
       last_seen_at, raw_payload, stage, stage_changed_at, next_sweep_at, tags, updated_at)
     SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid,
            CASE WHEN number % 4 = 0 THEN 'generic' ELSE 'sentinel' END, 'stored-' || number,
            'Stored alert ' || number,
            (ARRAY['Low', 'Medium', 'High', 'Critical'])[1 + number % 4]::severity, at, at, at,
            '{"kind": "stored"}', 'dispatched', at, at, ARRAY['stored'], at
       FROM generate_series(1, $1::int) AS number,
            LATERAL (SELECT now() - make_interval(secs => $1 - number) AS at) AS moment`,
    [count],
  );
  await database.pool.query('VACUUM ANALYZE');
}
