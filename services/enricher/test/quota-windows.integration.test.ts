import { createProviderStore, type Database } from '@calseta/database';
import { Secret } from '@calseta/platform';
import {
  aStoredAlert,
  eventually,
  startWebhookSink,
  testDatabase,
  type TestDatabase,
  type WebhookSink,
} from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningEnricher, startEnricher } from './support/start-enricher.js';

const WINDOWS = [
  { limit: 4, window_seconds: 60 },
  { limit: 20, window_seconds: 3_600 },
];
const ALERTS = 40;
const INDICATORS_OF_EACH = 5;
const DEADLINE_MS = 5_000;

let testDb: TestDatabase;
let database: Database;
let vendor: WebhookSink;
let replicas: RunningEnricher[] = [];

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
  vendor = await startWebhookSink();
  vendor.respondWith({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      data: { attributes: { last_analysis_stats: { malicious: 9, harmless: 60 } } },
    }),
  });
  await (await start()).stop();
  const { id } = await database.prisma.enrichmentProvider.findFirstOrThrow({
    where: { name: 'virustotal' },
  });
  await createProviderStore(database, (text) => text).update(id, { quotas: WINDOWS });
  replicas = await Promise.all([start(), start(), start()]);
});
afterAll(async () => {
  await Promise.all(replicas.map(async (service) => await service.stop()));
  await vendor[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const start = async (): Promise<RunningEnricher> =>
  await startEnricher(database, [], {
    VIRUSTOTAL_API_KEY: new Secret('vt-key-s3cret-0123456789'),
    VIRUSTOTAL_BASE_URL: vendor.url,
    ENRICHMENT_DEADLINE_MS: DEADLINE_MS,
    WAITING_LOOKUPS_INTERVAL_MS: 50,
  });

/** Until the end of a pause that is not skipped, so that its end is judged by the real clock. */
const LEFT_OF_PAUSE_MS = 40;

/** Pauses that were skipped: when, and how long they were, ms. */
const skipped: { at: number; ms: number }[] = [];

/**
 * Lets the time pass until the windows allow another request: by making all requests older at a moment when none is
 * under way, which the lock of the quota ensures.
 */
async function skipPause(): Promise<void> {
  await database.transaction(async (client) => {
    await client.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('provider_requests:virustotal', 0))`,
    );
    const { rows } = await client.query<{ underWay: number; freeInMs: number | null }>(
      `SELECT count(*) FILTER (WHERE sent_at > clock_timestamp())::int AS "underWay",
              extract(epoch FROM greatest(
                (SELECT sent_at FROM provider_requests ORDER BY sent_at DESC OFFSET 3 LIMIT 1) + interval '60 s',
                (SELECT sent_at FROM provider_requests ORDER BY sent_at DESC OFFSET 19 LIMIT 1) + interval '3600 s'
              ) - clock_timestamp())::float8 * 1000 AS "freeInMs"
         FROM provider_requests`,
    );
    const [{ underWay, freeInMs } = { underWay: 0, freeInMs: 0 }] = rows;
    const ms = (freeInMs ?? 0) - LEFT_OF_PAUSE_MS;
    if (underWay > 0 || ms <= 0) return;
    await client.query(
      'UPDATE provider_requests SET sent_at = sent_at - make_interval(secs => $1::float8 / 1000)',
      [ms],
    );
    skipped.push({ at: Date.now(), ms });
  });
}

/** When each request came, ms, with the pauses that were skipped. */
const times = (): number[] =>
  vendor.requests.map(({ receivedAt }) => {
    const real = receivedAt.getTime();
    return skipped.reduce((time, { at, ms }) => time + (at <= real ? ms : 0), real);
  });

/** The most requests in any span of so many seconds. */
function mostWithin(seconds: number): number {
  const all = times();
  const countFrom = (from: number) =>
    all.filter((at) => at >= from && at < from + seconds * 1_000).length;
  return Math.max(...all.map(countFrom));
}

type AlertRow = {
  stage: string;
  status: string;
  failed: string[];
  reasons: Record<string, string>;
  enrichedAt: Date;
};

const alertsOf = async (ids: readonly string[]): Promise<AlertRow[]> =>
  (
    await database.query<AlertRow>(
      `SELECT stage, enrichment_status AS status, enrichment_failed AS failed, enrichment_reasons AS reasons,
              enriched_at AS "enrichedAt"
         FROM alerts WHERE id = ANY($1::uuid[])`,
      [ids],
    )
  ).rows;

test('4 a minute and 20 an hour hold over three replicas for 200 indicators, and each alert is completed later', async () => {
  const ids: string[] = [];
  for (let alert = 0; alert < ALERTS; alert += 1) {
    const values = Array.from({ length: INDICATORS_OF_EACH }, (_, index) => index + 1);
    const indicators = values.map((last) => ({
      type: 'ip' as const,
      value: `45.${160 + alert}.7.${last}`,
    }));
    ids.push(await aStoredAlert(database, { stage: 'extracted', severity: 'High', indicators }));
  }
  const publishedAt = Date.now();
  await Promise.all(ids.map(async (id, index) => await replicas[index % 3]?.extracted(id)));
  const first = await eventually(
    async () => {
      const alerts = await alertsOf(ids);
      expect(alerts.filter(({ stage }) => stage !== 'enriched')).toEqual([]);
      return alerts;
    },
    { timeoutMs: 20_000 },
  );
  const lastAt = Math.max(...first.map(({ enrichedAt }) => enrichedAt.getTime()));
  expect(lastAt - publishedAt).toBeLessThan(2 * DEADLINE_MS);
  const without = first.filter(({ status }) => status === 'Partial');
  expect(without.length).toBeGreaterThanOrEqual(ALERTS - 4);
  for (const { failed, reasons } of without) {
    expect(failed).toEqual(['virustotal']);
    expect(reasons['virustotal']).toContain('quota is spent');
  }

  await eventually(
    async () => {
      await skipPause();
      expect(vendor.requests).toHaveLength(ALERTS * INDICATORS_OF_EACH);
    },
    { timeoutMs: 100_000 },
  );
  await eventually(
    async () => {
      const open = (await alertsOf(ids)).filter(({ status }) => status !== 'Enriched');
      expect(open).toEqual([]);
    },
    { timeoutMs: 20_000 },
  );
  const asked = vendor.requests.map(({ path }) => path);
  expect(asked).toHaveLength(ALERTS * INDICATORS_OF_EACH);
  expect(new Set(asked).size).toBe(asked.length);
  expect(mostWithin(60)).toBe(4);
  expect(mostWithin(3_600)).toBe(20);
  const hours = (Math.max(...times()) - Math.min(...times())) / 3_600_000;
  expect(hours).toBeGreaterThan(9);
  expect(hours).toBeLessThan(9.5);
}, 130_000);
