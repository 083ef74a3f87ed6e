import { createProviderStore, type Database } from '@calseta/database';
import { Secret } from '@calseta/platform';
import {
  aStoredAlert,
  eventually,
  startTroubledProvider,
  startWebhookSink,
  testDatabase,
  type TestDatabase,
  TROUBLES,
  type TroubledProvider,
  type WebhookSink,
} from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningEnricher, startEnricher } from './support/start-enricher.js';

const DEADLINE_MS = 5_000;
/** Alerts about domains, which the troubled provider alone is asked about. */
const TROUBLED = 16;
/** Alerts about addresses, which it is not asked about. */
const OTHERS = 24;
/** How much slower the others may be; the constant, for a busy machine, is less than waiting for a deadline costs. */
const FACTOR = 1.2;
const CONSTANT_MS = 0.8 * DEADLINE_MS;

const JSON_TYPE = { 'content-type': 'application/json' };

let testDb: TestDatabase;
let database: Database;
let good: WebhookSink;
let troubled: TroubledProvider;

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
  good = await startWebhookSink();
  good.respondWith({
    status: 200,
    headers: JSON_TYPE,
    body: JSON.stringify({ data: { ipAddress: 'x', abuseConfidenceScore: 90, totalReports: 9 } }),
    delayMs: 20,
  });
  troubled = await startTroubledProvider();
  await (await start()).stop();
  const store = createProviderStore(database, (text) => text);
  const change = async (name: string, changes: Parameters<typeof store.update>[1]) => {
    const { id } = await database.prisma.enrichmentProvider.findFirstOrThrow({ where: { name } });
    await store.update(id, { quotas: [{ limit: 10_000, window_seconds: 60 }], ...changes });
  };
  await change('virustotal', { indicator_types: ['domain'] });
  await change('abuseipdb', {});
}, 30_000);
afterAll(async () => {
  await troubled[Symbol.asyncDispose]();
  await good[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const start = async (): Promise<RunningEnricher> =>
  await startEnricher(database, [], {
    VIRUSTOTAL_API_KEY: new Secret('vt-key-s3cret-0123456789'),
    VIRUSTOTAL_BASE_URL: troubled.url,
    ABUSEIPDB_API_KEY: new Secret('ab-key-s3cret-0123456789'),
    ABUSEIPDB_BASE_URL: good.url,
    ENRICHMENT_DEADLINE_MS: DEADLINE_MS,
  });

let last = 0;
const anAlert = async (type: 'ip' | 'domain'): Promise<string> => {
  last += 1;
  const value =
    type === 'ip' ? `45.155.${Math.floor(last / 250)}.${1 + (last % 250)}` : `bad-${last}.com`;
  const indicators = [{ type, value }];
  return await aStoredAlert(database, { stage: 'extracted', severity: 'High', indicators });
};
const alertsOf = async (type: 'ip' | 'domain', count: number): Promise<string[]> =>
  await Promise.all(Array.from({ length: count }, async () => await anAlert(type)));

type AlertRow = { status: string; failed: string[]; succeeded: string[]; enrichedAt: Date };

const whenEnriched = async (ids: readonly string[]): Promise<AlertRow[]> =>
  await eventually(
    async () => {
      const { rows } = await database.query<AlertRow & { stage: string }>(
        `SELECT stage, enrichment_status AS status, enrichment_failed AS failed,
                enrichment_succeeded AS succeeded, enriched_at AS "enrichedAt"
           FROM alerts WHERE id = ANY($1::uuid[])`,
        [ids],
      );
      expect(rows.filter(({ stage }) => stage !== 'enriched')).toEqual([]);
      return rows;
    },
    { timeoutMs: 20_000 },
  );

/** The time until the last of the other alerts is enriched, ms, beside so many troubled ones. */
async function timeOthers(service: RunningEnricher, troubledCount: number) {
  const [bad, others] = await Promise.all([
    alertsOf('domain', troubledCount),
    alertsOf('ip', OTHERS),
  ]);
  const startedAt = Date.now();
  await Promise.all([...bad, ...others].map(async (id) => await service.extracted(id)));
  const rows = await whenEnriched(others);
  const lastAt = Math.max(...rows.map(({ enrichedAt }) => enrichedAt.getTime()));
  return { ms: lastAt - startedAt, rows, bad };
}

describe('a provider that', () => {
  test.each(TROUBLES)(
    '%s delays no alert that it is not asked about',
    async (name) => {
      await database.query('TRUNCATE provider_requests, provider_gates, provider_lookups');
      troubled.behave(name);
      const service = await start();
      try {
        // The first alerts of a process are slower than those that follow.
        await timeOthers(service, 0);
        const usual = await timeOthers(service, 0);
        const beside = await timeOthers(service, TROUBLED);
        expect(beside.rows.map(({ status }) => status)).toEqual(Array(OTHERS).fill('Enriched'));
        expect(beside.rows.every(({ succeeded }) => succeeded.includes('abuseipdb'))).toBe(true);
        const troubledRows = await whenEnriched(beside.bad);
        expect(troubledRows.map(({ failed }) => failed)).toEqual(
          Array(TROUBLED).fill(['virustotal']),
        );
        expect(troubled.asked()).toBeGreaterThan(0);
        // A lookup asks three times at most, and the breaker lets few of them begin.
        expect(troubled.asked()).toBeLessThanOrEqual(3 * TROUBLED);
        process.stdout.write(`${name}: others ${beside.ms} ms, usually ${usual.ms} ms\n`);
        expect(beside.ms).toBeLessThan(FACTOR * usual.ms + CONSTANT_MS);
      } finally {
        troubled.cut();
        await service.stop();
      }
    },
    60_000,
  );
});
