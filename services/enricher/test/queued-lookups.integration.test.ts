import { newUuid } from '@calseta/common';
import {
  createProviderLookupStore,
  createProviderStore,
  createWaitingLookupStore,
  type Database,
  type QueuedLookup,
} from '@calseta/database';
import { Secret } from '@calseta/platform';
import {
  aStoredAlert,
  eventually,
  startWebhookSink,
  testDatabase,
  type TestDatabase,
} from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MAX_UNDER_WAY } from '../src/engine/outside-lookups.js';
import { startEnricher } from './support/start-enricher.js';

let testDb: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
});
beforeEach(async () => {
  await database.query('TRUNCATE provider_lookups, missing_lookups');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const claimOf = (value: string, more: Partial<QueuedLookup> = {}): QueuedLookup => ({
  providerName: 'virustotal',
  type: 'ip',
  value,
  configVersion: 1,
  isUrgent: false,
  takesKept: true,
  reason: 'It waits.',
  ...more,
});

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

describe('lookups that are queued', () => {
  const storeFor = (maxWaiting: number) => createWaitingLookupStore(database, { maxWaiting });

  test('wait once each, up to as many as may, urgent ones first', async () => {
    const store = storeFor(2);
    const claims = [
      claimOf('45.155.1.1'),
      claimOf('45.155.1.2', { isUrgent: true }),
      claimOf('45.155.1.3', { isUrgent: true }),
    ];
    expect(kindsOf(await store.queue(claims))).toEqual(['full', 'waiting', 'waiting']);
    // Those that wait already take no further place.
    expect(kindsOf(await store.queue(claims))).toEqual(['full', 'waiting', 'waiting']);
    expect(kindsOf(await storeFor(3).queue([claims[0]!, claims[0]!]))).toEqual([
      'waiting',
      'waiting',
    ]);
    expect(await store.countWaiting()).toEqual(new Map([['virustotal', 3]]));
    expect(kindsOf(await storeFor(0).queue([claimOf('45.155.1.9')]))).toEqual(['full']);
  });

  test('become urgent when an urgent alert wants them, too', async () => {
    const store = storeFor(10);
    await store.queue([claimOf('45.155.1.1'), claimOf('45.155.1.2')]);
    await store.queue([claimOf('45.155.1.2', { isUrgent: true })]);
    const [first] = await store.claimWaiting('virustotal', [newUuid()]);
    expect(first).toMatchObject({ value: '45.155.1.2', isUrgent: true });
  });

  test('are left to whoever asks them now', async () => {
    const lookups = createProviderLookupStore(database);
    const [leased] = await lookups.claim([claimOf('45.155.1.1')], [newUuid()]);
    expect(leased?.kind).toBe('leased');
    expect(kindsOf(await storeFor(10).queue([claimOf('45.155.1.1')]))).toEqual(['waiting']);
    expect(await storeFor(10).countWaiting()).toEqual(new Map());
  });

  test('have the answer that has just come', async () => {
    const lookups = createProviderLookupStore(database);
    const claim = claimOf('45.155.1.1');
    const holder = newUuid();
    await lookups.claim([claim], [holder]);
    const fetchedAt = new Date();
    const result = {
      providerName: 'virustotal',
      configVersion: 1,
      status: 'success',
      extracted: { malicious: 9 },
      malice: 'Malicious',
      fetchedAt,
      expiresAt: new Date(fetchedAt.getTime() + 60_000),
    } as const;
    await lookups.end([{ ...claim, holder, indicatorId: '', result }]);
    const store = storeFor(10);
    expect(await store.queue([claim])).toEqual([{ kind: 'answered', result }]);
    expect(kindsOf(await store.queue([{ ...claim, takesKept: false }]))).toEqual(['waiting']);
  });

  test('wait again in one statement, and those that have waited keep their places', async () => {
    const store = storeFor(2);
    const lookups = createProviderLookupStore(database);
    await store.queue([claimOf('45.155.1.1')]);
    const [waited] = await store.claimWaiting('virustotal', [newUuid()]);
    const values = ['45.155.1.2', '45.155.1.3'];
    const holders = values.map(() => newUuid());
    await lookups.claim(
      values.map((value) => claimOf(value)),
      holders,
    );
    const fresh = values.map((value, index) => ({
      ...claimOf(value),
      holder: holders[index]!,
      attempts: 0,
      delaySeconds: 0,
    }));
    const outcomes = await store.wait([
      ...fresh,
      { ...waited!, reason: 'Again.', delaySeconds: 0 },
    ]);
    expect(outcomes.filter(Boolean)).toHaveLength(2);
    expect(outcomes[2]).toBe(true);
    expect(await store.countWaiting()).toEqual(new Map([['virustotal', 2]]));
  });

  test('are dropped for their age, and the alerts say what each waited for the last time', async () => {
    const store = storeFor(10);
    const values = ['45.155.1.1', '45.155.1.2'];
    const ids = await Promise.all(values.map(async (value) => await anAlertThatMisses(value)));
    await store.queue([claimOf(values[0]!, { reason: 'As many are under way as may be.' })]);
    await store.queue([claimOf(values[1]!, { isUrgent: true })]);
    const [second] = await store.claimWaiting('virustotal', [newUuid()]);
    await store.wait([{ ...second!, reason: 'Its quota is spent.', delaySeconds: 0 }]);
    await store.deleteExpired({ maxWaitSeconds: 0, limit: 10, reason: 'It waited too long.' });
    expect(await Promise.all(ids.map(reasonsOf))).toEqual([
      { virustotal: 'As many are under way as may be. It waited too long.' },
      { virustotal: 'Its quota is spent. It waited too long.' },
    ]);
  });
});

/** An alert that has gone on without the answer about its only indicator. */
async function anAlertThatMisses(value: string): Promise<string> {
  const indicators = [{ type: 'ip' as const, value }];
  const id = await aStoredAlert(database, { stage: 'enriched', indicators });
  await database.query(
    `INSERT INTO missing_lookups (alert_id, indicator_id, provider_name)
     SELECT alert_id, indicator_id, 'virustotal' FROM alert_indicators WHERE alert_id = $1`,
    [id],
  );
  return id;
}

async function reasonsOf(id: string): Promise<unknown> {
  const { enrichmentReasons } = await database.prisma.alert.findUniqueOrThrow({ where: { id } });
  return enrichmentReasons;
}

test('an alert with more lookups of a provider than may be under way gets the others later, each asked once', async () => {
  await using vendor = await startWebhookSink();
  vendor.respondWith({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      data: { attributes: { last_analysis_stats: { malicious: 0, harmless: 60 } } },
    }),
    delayMs: 20,
  });
  const settings = {
    VIRUSTOTAL_API_KEY: new Secret('vt-key-s3cret-0123456789'),
    VIRUSTOTAL_BASE_URL: vendor.url,
  };
  await (await startEnricher(database, [], settings)).stop();
  const { id: providerId } = await database.prisma.enrichmentProvider.findFirstOrThrow({
    where: { name: 'virustotal' },
  });
  await createProviderStore(database, (text) => text).update(providerId, {
    quotas: [],
  });
  const service = await startEnricher(database, [], settings);
  const values = Array.from(
    { length: MAX_UNDER_WAY + 5 },
    (_, index) => `45.155.${210 + Math.floor(index / 250)}.${1 + (index % 250)}`,
  );
  const id = await aStoredAlert(database, {
    stage: 'extracted',
    indicators: values.map((value) => ({ type: 'ip' as const, value })),
  });
  const alert = async () => await database.prisma.alert.findUniqueOrThrow({ where: { id } });
  await service.extracted(id);
  await eventually(async () => expect((await alert()).stage).toBe('enriched'), {
    timeoutMs: 60_000,
  });
  expect((await alert()).enrichmentReasons).toMatchObject({
    virustotal: expect.stringContaining(
      'As many lookups of this provider are under way as may be.',
    ),
  });
  await eventually(async () => expect((await alert()).enrichmentStatus).toBe('Enriched'), {
    timeoutMs: 60_000,
  });
  expect(vendor.requests.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(values.sort());
  await service.stop();
}, 120_000);
