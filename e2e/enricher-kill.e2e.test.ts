import { openDatabase, type Database } from '@calseta/database';
import { eventually, startWebhookSink, type WebhookSink } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from './support/start-cluster.js';

const ALERTS = 500;
/** Longer than a statement takes, so that lookups are under way whenever the process is killed. */
const ANSWER_MS = 150;
/** Lookups of one provider that a process has under way at a time. */
const MAX_UNDER_WAY = 8;

let cluster: Cluster;
let database: Database;
let vendor: WebhookSink;

beforeAll(async () => {
  vendor = await startWebhookSink();
  vendor.respondWith({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      data: { attributes: { last_analysis_stats: { malicious: 9, harmless: 60 } } },
    }),
    delayMs: ANSWER_MS,
  });
  cluster = await startCluster({
    replicas: { dispatcher: 0 },
    env: {
      VIRUSTOTAL_API_KEY: 'the-key-of-virustotal-0123456789',
      VIRUSTOTAL_BASE_URL: vendor.url,
    },
  });
  database = await openDatabase({
    url: cluster.postgres.url,
    applicationName: 'test',
    poolSize: 2,
    statementTimeoutMs: 30_000,
  });
  const [virustotal] = (
    await database.query<{ id: string }>(
      `SELECT id FROM enrichment_providers WHERE name = 'virustotal'`,
    )
  ).rows;
  await cluster.api.ask('PATCH', `/v1/enrichment-providers/${virustotal?.id ?? ''}`, {
    quotas: [{ limit: 10_000, window_seconds: 60 }],
  });
}, 300_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
}, 300_000);

const addressOf = (index: number): string =>
  `45.155.${Math.floor(index / 200)}.${1 + (index % 200)}`;

/** How often each address was asked about, from the given request on. */
function countAsked(from: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of vendor.requests.slice(from)) {
    const address = path.split('/').at(-1) ?? '';
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return counts;
}

/** Addresses whose answers are stored. */
const stored = async (): Promise<string[]> =>
  (
    await database.query<{ value: string }>(
      `SELECT i.value FROM enrichment_results r JOIN indicators i ON i.id = r.indicator_id
        WHERE r.provider_name = 'virustotal' AND r.status = 'success'`,
    )
  ).rows.map(({ value }) => value);

test('an enricher that is killed among slow lookups loses no alert, and asks for no stored answer again', async () => {
  const alerts = Array.from({ length: ALERTS }, (_, index) => ({
    title: `Alert ${index}`,
    severity: 'High',
    occurred_at: '2026-11-30T10:00:00Z',
    indicators: [{ type: 'ip', value: addressOf(index) }],
  }));
  await cluster.api.ask('POST', '/v1/ingest/generic', alerts);
  const [enricher] = cluster.named('enricher');
  const kills: { storedThen: string[]; requestsThen: number }[] = [];
  for (const share of [0.2, 0.5]) {
    await eventually(() => expect(vendor.requests.length).toBeGreaterThan(ALERTS * share), {
      timeoutMs: 30_000,
    });
    await enricher?.process.kill();
    kills.push({ storedThen: await stored(), requestsThen: vendor.requests.length });
    await enricher?.killAndRestart();
  }
  await eventually(
    async () => {
      const { rows } = await database.query<{ status: string; count: number }>(
        `SELECT enrichment_status::text AS status, count(*)::int AS count FROM alerts GROUP BY 1`,
      );
      const ended = rows.filter(({ status }) => status === 'Enriched' || status === 'Partial');
      expect(ended.reduce((sum, { count }) => sum + count, 0)).toBe(ALERTS);
    },
    { timeoutMs: 90_000 },
  );
  await eventually(async () => expect(new Set(await stored()).size).toBe(ALERTS), {
    timeoutMs: 90_000,
  });
  for (const { storedThen, requestsThen } of kills) {
    expect(storedThen.length).toBeGreaterThan(0);
    const askedLater = countAsked(requestsThen);
    expect(storedThen.filter((value) => askedLater.has(value))).toEqual([]);
  }
  const repeated = [...countAsked(0).values()].reduce((sum, count) => sum + count - 1, 0);
  // As many may be answered and about to be stored.
  expect(repeated).toBeLessThanOrEqual(kills.length * 2 * MAX_UNDER_WAY);
}, 240_000);
