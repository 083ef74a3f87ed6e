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
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningEnricher, startEnricher } from './support/start-enricher.js';

let testDb: TestDatabase;
let database: Database;
let vendor: WebhookSink;
let service: RunningEnricher;

const ANSWER = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    data: { attributes: { last_analysis_stats: { malicious: 9, harmless: 60 } } },
  }),
};
/** Long enough for a lookup to wait, short enough for a test to see its end. */
const QUOTAS = [{ limit: 1, window_seconds: 2 }];

const settings = () => ({
  VIRUSTOTAL_API_KEY: new Secret('vt-key-s3cret-0123456789'),
  VIRUSTOTAL_BASE_URL: vendor.url,
});

type Changes = Parameters<ReturnType<typeof createProviderStore>['update']>[1];
const change = async (changes: Changes): Promise<void> => {
  const { id } = await database.prisma.enrichmentProvider.findFirstOrThrow({
    where: { name: 'virustotal' },
  });
  await createProviderStore(database, (text) => text).update(id, changes);
};

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
  vendor = await startWebhookSink();
  await (await startEnricher(database, [], settings())).stop();
});
beforeEach(async () => {
  vendor.respondWith(ANSWER);
  await database.query(
    'TRUNCATE provider_requests, provider_gates, provider_lookups, missing_lookups, provider_health',
  );
});
afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

let last = 0;

/** An alert whose lookup waits, because that of another one has spent the quota. */
async function aWaitingAlert(): Promise<string> {
  let id = '';
  for (let index = 0; index < 2; index += 1) {
    const value = `45.155.207.${(last += 1)}`;
    const indicators = [{ type: 'ip' as const, value }];
    id = await aStoredAlert(database, { stage: 'extracted', severity: 'High', indicators });
    await service.extracted(id);
    await eventually(async () => expect((await alertOf(id)).stage).toBe('enriched'));
  }
  const { enrichmentStatus, enrichmentReasons } = await alertOf(id);
  expect(enrichmentStatus).toBe('Partial');
  expect(enrichmentReasons).toEqual({
    virustotal: expect.stringContaining('It is asked once it may be') as unknown,
  });
  return id;
}

const alertOf = async (id: string) =>
  await database.prisma.alert.findUniqueOrThrow({ where: { id } });

const whyMissing = async (id: string): Promise<unknown> =>
  ((await alertOf(id)).enrichmentReasons as Record<string, unknown>)['virustotal'];

const countWaiting = async (): Promise<number> =>
  await database.prisma.providerLookup.count({ where: { waitingSince: { not: null } } });

describe('an alert whose lookup has waited says why it does not get the answer, where', () => {
  test('the provider refuses it when its turn has come', async () => {
    await change({ quotas: QUOTAS });
    service = await startEnricher(database, [], settings());
    try {
      const id = await aWaitingAlert();
      vendor.respondWith({ status: 401, body: '{"error":{"message":"Wrong key"}}' });
      await eventually(
        async () =>
          expect(await whyMissing(id)).toMatch(
            /Wrong key It failed again while the lookup waited, and is not asked any more\.$/,
          ),
        { timeoutMs: 20_000 },
      );
      expect(await alertOf(id)).toMatchObject({
        enrichmentStatus: 'Partial',
        enrichmentFailed: ['virustotal'],
      });
      expect(await countWaiting()).toBe(0);
    } finally {
      await service.stop();
    }
  }, 40_000);

  test('the provider is not asked about such values any more', async () => {
    await change({ quotas: [{ limit: 1, window_seconds: 3_600 }] });
    service = await startEnricher(database, [], settings());
    try {
      const id = await aWaitingAlert();
      await change({ indicator_types: ['domain'] });
      await eventually(
        async () =>
          expect(await whyMissing(id)).toBe(
            'It is not asked about this any more: its settings, its credentials or the indicator have changed.',
          ),
        { timeoutMs: 20_000 },
      );
      expect(await countWaiting()).toBe(0);
      expect((await alertOf(id)).enrichmentFailed).toEqual(['virustotal']);
    } finally {
      await service.stop();
    }
  }, 40_000);
});
