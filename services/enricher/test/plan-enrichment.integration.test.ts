import { type EnrichmentPlan, MAX_PLANNED_BYTES, REQUESTS } from '@calseta/common';
import { type Database } from '@calseta/database';
import { aStoredAlert, testDatabase, type TestDatabase } from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RegisteredProvider } from '../src/domain/provider.js';
import { startEnricher } from './support/start-enricher.js';
import { aProvider, type TestProvider } from './support/test-provider.js';

let testDb: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const silent = (name: string, settings: Parameters<typeof aProvider>[2] = {}): TestProvider =>
  aProvider(name, async () => await Promise.resolve({ kind: 'not_found' }), settings);

/** The plan of an alert, of which no built-in provider is shown. */
async function planOf(
  alertId: string,
  providers: readonly RegisteredProvider[],
): Promise<EnrichmentPlan> {
  const names = new Set(providers.map(({ provider }) => provider.name));
  const service = await startEnricher(database, providers);
  try {
    const plan = await service.transport.request(REQUESTS.planEnrichment, { alert_id: alertId });
    return {
      ...plan,
      providers: plan.providers.filter(({ name }) => names.has(name)),
      lookups: plan.lookups.filter(({ provider }) => names.has(provider)),
    };
  } finally {
    await service.stop();
  }
}

/** What is stored of lookups and of the alert. */
const stored = async (alertId: string) =>
  await Promise.all([
    database.prisma.enrichmentResult.count(),
    database.prisma.alert.findUniqueOrThrow({ where: { id: alertId } }),
    database.prisma.activity.count({ where: { alertId } }),
  ]);

test('tells for each provider and indicator whether it is asked, cached or skipped, and asks nobody', async () => {
  const providers = [
    silent('outside'),
    silent('strict', { maxTlp: 'GREEN' }),
    silent('house', { reach: 'local' }),
    silent('off', { isEnabled: false }),
    silent('domains', { indicatorTypes: ['domain'] }),
  ];
  const alertId = await aStoredAlert(database, {
    stage: 'dispatched',
    enrichedAt: new Date(),
    tags: ['tlp:amber'],
    indicators: [
      { type: 'ip', value: '45.155.207.1' },
      { type: 'ip', value: '10.0.0.9', classification: 'private' },
      { type: 'ip', value: '45.155.207.2' },
    ],
  });
  const known = await database.prisma.indicator.findFirstOrThrow({
    where: { value: '45.155.207.2' },
  });
  const fetchedAt = new Date(Date.now() - 60_000);
  await database.prisma.enrichmentResult.create({
    data: {
      indicatorId: known.id,
      providerName: 'outside',
      configVersion: 1,
      status: 'success',
      extracted: {},
      malice: 'Benign',
      fetchedAt,
      expiresAt: new Date(Date.now() + 600_000),
    },
  });
  const before = await stored(alertId);
  const plan = await planOf(alertId, providers);

  const of = (provider: string, value: string) =>
    plan.lookups.find((one) => one.provider === provider && one.value === value);
  expect(of('outside', '45.155.207.1')).toMatchObject({ outcome: 'asked' });
  const cached = of('outside', '45.155.207.2');
  expect(cached).toMatchObject({ outcome: 'cached' });
  expect(cached?.age_seconds).toBeGreaterThanOrEqual(60);
  expect(of('outside', '10.0.0.9')).toMatchObject({
    outcome: 'skipped',
    reason: 'The value is private and is not sent outside.',
  });
  expect(of('strict', '45.155.207.1')).toMatchObject({
    outcome: 'skipped',
    reason: expect.stringContaining('TLP:AMBER'),
  });
  expect(of('house', '10.0.0.9')).toMatchObject({ outcome: 'answered_here' });
  expect(plan.lookups.filter(({ provider }) => ['off', 'domains'].includes(provider))).toEqual([]);
  expect(plan.silent_providers).toContainEqual({
    name: 'off',
    reason: 'The provider is switched off.',
  });
  expect(plan.silent_providers).toContainEqual({
    name: 'virustotal',
    reason: 'The provider lacks its credentials or its `base_url`.',
  });
  expect(plan.providers.find(({ name }) => name === 'outside')).toEqual({
    name: 'outside',
    counts: { asked: 1, skipped: 1, cached: 1, answered_here: 0 },
    request_count: 1,
  });
  expect(providers.flatMap(({ asked }) => asked)).toEqual([]);
  expect(await stored(alertId)).toEqual(before);
});

test('lists what would be asked first, and counts what has no room', async () => {
  const long = 'a'.repeat(1_900);
  const alertId = await aStoredAlert(database, {
    stage: 'dispatched',
    enrichedAt: new Date(),
    indicators: Array.from({ length: 100 }, (_, index) => ({
      type: 'url' as const,
      value: `https://example.org/${index}/${long}`,
      ...(index < 50 && { classification: 'internal' as const }),
    })),
  });
  const plan = await planOf(alertId, [silent('outside')]);
  expect(plan.lookups.slice(0, 50).map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 50 }, () => 'asked'),
  );
  expect(plan.providers).toMatchObject([{ counts: { asked: 50, skipped: 50 } }]);
  expect(plan.lookups.length).toBeLessThan(100);
  expect(Buffer.byteLength(JSON.stringify(plan.lookups))).toBeLessThanOrEqual(MAX_PLANNED_BYTES);
});

test('refuses an alert that is unknown', async () => {
  await expect(planOf('01937b5e-9c00-7000-8000-00000000ffff', [])).rejects.toMatchObject({
    code: 'resource.not_found',
  });
});
