import { createWaitingLookupStore, createProviderStore, type Database } from '@calseta/database';
import { newUuid } from '@calseta/common';
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningEnricher, startEnricher } from './support/start-enricher.js';

let testDb: TestDatabase;
let database: Database;
let vendor: WebhookSink;
const running: RunningEnricher[] = [];

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
  vendor = await startWebhookSink();
});
beforeEach(async () => {
  vendor.requests.length = 0;
  answerWith(9);
  await database.query(
    'TRUNCATE provider_requests, provider_gates, provider_lookups, missing_lookups, provider_health',
  );
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (service) => await service.stop()));
});
afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const bodyOf = (malicious: number) =>
  JSON.stringify({
    data: { attributes: { last_analysis_stats: { malicious, harmless: 60, undetected: 10 } } },
  });

const answerWith = (malicious: number, delayMs = 0) =>
  vendor.respondWith({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: bodyOf(malicious),
    delayMs,
  });

type Settings = NonNullable<Parameters<typeof startEnricher>[2]>;

/** Enrichers with one database, whose VirusTotal is the sink. */
async function start(replicas: number, settings: Settings = {}): Promise<RunningEnricher[]> {
  const services = await Promise.all(
    Array.from(
      { length: replicas },
      async () =>
        await startEnricher(database, [], {
          VIRUSTOTAL_API_KEY: new Secret('vt-key-s3cret-0123456789'),
          VIRUSTOTAL_BASE_URL: vendor.url,
          ...settings,
        }),
    ),
  );
  running.push(...services);
  return services;
}

/** Sets the quotas of VirusTotal before the enrichers start. */
async function allow(quotas: { limit: number; window_seconds: number }[]): Promise<void> {
  const [service] = await start(1);
  await service!.stop();
  running.length = 0;
  const { id } = await database.prisma.enrichmentProvider.findFirstOrThrow({
    where: { name: 'virustotal' },
  });
  await createProviderStore(database, (text) => text).update(id, { quotas });
}

const PLENTY = [{ limit: 1_000, window_seconds: 60 }];

let last = 0;
/** A public address that no test has used. */
const anAddress = (): string => `45.155.${205 + Math.floor((last += 1) / 250)}.${1 + (last % 250)}`;

const anAlert = async (
  value: string,
  severity: 'High' | 'Low' = 'High',
): Promise<{ id: string; value: string }> => ({
  id: await aStoredAlert(database, {
    stage: 'extracted',
    severity,
    indicators: [{ type: 'ip', value }],
  }),
  value,
});

type AlertRow = {
  id: string;
  stage: string;
  malice: string;
  status: string;
  succeeded: string[];
  failed: string[];
  reasons: Record<string, string>;
};

const alertsOf = async (ids: readonly string[]): Promise<AlertRow[]> =>
  (
    await database.query<AlertRow>(
      `SELECT id, stage, malice, enrichment_status AS status, enrichment_succeeded AS succeeded,
              enrichment_failed AS failed, enrichment_reasons AS reasons
         FROM alerts WHERE id = ANY($1::uuid[])`,
      [ids],
    )
  ).rows;

/** Waits until all alerts have left the enricher, and reads them. */
const whenEnriched = async (ids: readonly string[], timeoutMs = 15_000): Promise<AlertRow[]> =>
  await eventually(
    async () => {
      const alerts = await alertsOf(ids);
      expect(alerts.filter(({ stage }) => stage !== 'enriched')).toEqual([]);
      return alerts;
    },
    { timeoutMs },
  );

const activityOf = async (alertId: string): Promise<string[]> =>
  (
    await database.query<{ kind: string }>(
      'SELECT kind FROM activity WHERE alert_id = $1 ORDER BY at, id',
      [alertId],
    )
  ).rows.map(({ kind }) => kind);

const askedAbout = (value: string): number =>
  vendor.requests.filter(({ path }) => path.endsWith(`/${value}`)).length;

/** The most requests that arrived in any span of so many ms. */
function mostWithin(spanMs: number): number {
  const times = vendor.requests.map(({ receivedAt }) => receivedAt.getTime());
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + spanMs).length),
  );
}

describe('one address in many alerts', () => {
  test('is asked once by three replicas at the same time, and all alerts have the answer', async () => {
    await allow(PLENTY);
    answerWith(9, 300);
    const replicas = await start(3);
    const value = anAddress();
    const alerts = await Promise.all(Array.from({ length: 100 }, async () => await anAlert(value)));
    await Promise.all(
      alerts.map(async ({ id }, index) => await replicas[index % 3]!.extracted(id)),
    );
    const enriched = await whenEnriched(alerts.map(({ id }) => id));
    expect(vendor.requests).toHaveLength(1);
    expect(enriched.every(({ succeeded }) => succeeded.includes('virustotal'))).toBe(true);
    expect(new Set(enriched.map(({ malice }) => malice))).toEqual(new Set(['Malicious']));
  });

  test('is asked once, too, when the provider fails, and asked anew by a later alert', async () => {
    await allow(PLENTY);
    vendor.respondWith({ status: 400, delayMs: 200, body: '{}' });
    const replicas = await start(2);
    const value = anAddress();
    const alerts = await Promise.all(Array.from({ length: 10 }, async () => await anAlert(value)));
    await Promise.all(
      alerts.map(async ({ id }, index) => await replicas[index % 2]!.extracted(id)),
    );
    const enriched = await whenEnriched(alerts.map(({ id }) => id));
    expect(vendor.requests).toHaveLength(1);
    expect(enriched.every(({ failed }) => failed.includes('virustotal'))).toBe(true);
    const later = await anAlert(value);
    await replicas[0]!.extracted(later.id);
    await whenEnriched([later.id]);
    expect(vendor.requests).toHaveLength(2);
  });
});

describe('a spent quota', () => {
  const WINDOWS = [
    { limit: 4, window_seconds: 1 },
    { limit: 10, window_seconds: 5 },
  ];

  test('is never exceeded by three replicas; alerts go on without, and are completed later', async () => {
    await allow(WINDOWS);
    const replicas = await start(3);
    const alerts = await Promise.all(
      Array.from({ length: 24 }, async () => await anAlert(anAddress())),
    );
    const startedAt = performance.now();
    await Promise.all(
      alerts.map(async ({ id }, index) => await replicas[index % 3]!.extracted(id)),
    );
    const ids = alerts.map(({ id }) => id);
    const first = await whenEnriched(ids);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const without = first.filter(({ failed }) => failed.includes('virustotal'));
    expect(without.length).toBeGreaterThanOrEqual(10);
    expect(without[0]).toMatchObject({
      status: 'Partial',
      reasons: { virustotal: expect.stringContaining('quota') as unknown },
    });

    await eventually(
      async () => {
        const open = (await alertsOf(ids)).filter(({ status }) => status !== 'Enriched');
        expect(open).toEqual([]);
      },
      { timeoutMs: 30_000 },
    );
    expect(vendor.requests).toHaveLength(24);
    expect(mostWithin(1_000)).toBeLessThanOrEqual(4);
    expect(mostWithin(5_000)).toBeLessThanOrEqual(10);
    const complete = await alertsOf(ids);
    expect(new Set(complete.map(({ malice }) => malice))).toEqual(new Set(['Malicious']));
    expect(complete.every(({ failed }) => failed.length === 0)).toBe(true);
    expect(await activityOf(without[0]!.id)).toEqual([
      'enriched',
      'enrichment_completed',
      'malice_raised',
    ]);
    const { rows } = await database.query<{ id: string; restart: string }>(
      `SELECT alert_id AS id, restart_from AS restart FROM alert_updates
        WHERE alert_id = ANY($1::uuid[]) AND pending_since IS NOT NULL`,
      [ids],
    );
    expect(rows.map(({ id }) => id).sort()).toEqual(without.map(({ id }) => id).sort());
    expect(new Set(rows.map(({ restart }) => restart))).toEqual(new Set(['dispatch']));
  }, 60_000);

  test('is used by what is urgent first, and once for each address', async () => {
    await allow([{ limit: 1, window_seconds: 2 }]);
    const [service] = await start(1);
    const used = await anAlert(anAddress());
    await service!.extracted(used.id);
    await whenEnriched([used.id]);
    const [low, lowAgain, high] = [
      await anAlert(anAddress(), 'Low'),
      await anAlert(anAddress(), 'Low'),
      await anAlert(anAddress()),
    ];
    const same = await anAlert(high.value);
    const ids = [low, lowAgain, high, same].map(({ id }) => id);
    for (const id of ids) {
      await service!.extracted(id);
      await whenEnriched([id]);
    }
    await eventually(
      async () => {
        const open = (await alertsOf(ids)).filter(({ status }) => status !== 'Enriched');
        expect(open).toEqual([]);
      },
      { timeoutMs: 20_000 },
    );
    const asked = vendor.requests.map(({ path }) => path.split('/').at(-1));
    expect(asked.slice(0, 2)).toEqual([used.value, high.value]);
    expect(asked.slice(2).sort()).toEqual([low.value, lowAgain.value].sort());
  }, 40_000);

  test('keeps no more lookups waiting than it may, and drops and counts the others', async () => {
    await allow([{ limit: 1, window_seconds: 3_600 }]);
    const [service] = await start(1, { WAITING_LOOKUPS_MAX_COUNT: 2 });
    const alerts = [];
    for (let index = 0; index < 5; index += 1) {
      const alert = await anAlert(anAddress());
      await service!.extracted(alert.id);
      await whenEnriched([alert.id]);
      alerts.push(alert);
    }
    const { rows } = await database.query<{ count: string }>(
      'SELECT count(*) FROM provider_lookups WHERE waiting_since IS NOT NULL',
    );
    expect(rows[0]?.count).toBe('2');
    const [second, fifth] = await Promise.all(
      [alerts[1]!, alerts[4]!].map(async ({ id }) => (await alertsOf([id]))[0]),
    );
    expect(second?.reasons['virustotal']).toContain('asked once it may be');
    expect(fifth?.reasons['virustotal']).toBe(
      'Its quota is spent. It is not asked later, because as many lookups wait already as may.',
    );
  });

  test('is waited for no longer than a lookup may wait', async () => {
    await allow([{ limit: 1, window_seconds: 3_600 }]);
    const [service] = await start(1);
    const waiting = await anAlert(anAddress());
    for (const { id } of [await anAlert(anAddress()), waiting]) {
      await service!.extracted(id);
      await whenEnriched([id]);
    }
    const store = createWaitingLookupStore(database, { maxWaiting: 10 });
    const expiry = { maxWaitSeconds: 60, limit: 10, reason: 'It waited too long.' };
    expect(await store.deleteExpired(expiry)).toEqual(new Map());
    expect((await alertsOf([waiting.id]))[0]?.reasons['virustotal']).toContain('asked once it may');
    await database.query(`UPDATE provider_lookups SET waiting_since = now() - interval '61 seconds'
                           WHERE waiting_since IS NOT NULL`);
    expect(await store.deleteExpired(expiry)).toEqual(new Map([['virustotal', 1]]));
    expect((await alertsOf([waiting.id]))[0]).toMatchObject({
      failed: ['virustotal'],
      reasons: { virustotal: 'Its quota is spent. It waited too long.' },
    });
    expect(await store.countWaiting()).toEqual(new Map());
  });
});

describe('a lookup that waits says why', () => {
  const LATER = 'It is asked once it may be, and the answer completes the alert.';

  /** The reason that an alert gives while its lookup waits. */
  async function reasonOf(service: RunningEnricher, { id }: { id: string }): Promise<string> {
    await service.extracted(id);
    const [alert] = await whenEnriched([id]);
    return alert!.reasons['virustotal']!;
  }

  test('where quota is left, but others go first', async () => {
    await allow(PLENTY);
    const other = anAddress();
    const waiting = createWaitingLookupStore(database, { maxWaiting: 10 });
    await waiting.queue([
      {
        ...{ providerName: 'virustotal', type: 'ip', value: other, configVersion: 1 },
        ...{ isUrgent: true, takesKept: true, reason: 'It waits.' },
      },
    ]);
    // As if another enricher had it, and were slow.
    await database.query(
      `UPDATE provider_lookups SET holder = $1, leased_until = now() + interval '1 minute'`,
      [newUuid()],
    );
    const [service] = await start(1);
    const alert = await anAlert(anAddress(), 'Low');
    expect(await reasonOf(service!, alert)).toBe(
      `Other lookups of this provider wait, and go first. ${LATER}`,
    );
    expect(vendor.requests).toEqual([]);
    await database.query('DELETE FROM provider_lookups WHERE value = $1', [other]);
    await eventually(async () =>
      expect((await alertsOf([alert.id]))[0]).toMatchObject({ status: 'Enriched', reasons: {} }),
    );
  });

  test('where its quota is spent, and where another alert has it waiting already', async () => {
    await allow([{ limit: 1, window_seconds: 3_600 }]);
    const [service] = await start(1);
    const used = await anAlert(anAddress());
    await service!.extracted(used.id);
    await whenEnriched([used.id]);
    const value = anAddress();
    expect(await reasonOf(service!, await anAlert(value))).toBe(`Its quota is spent. ${LATER}`);
    expect(await reasonOf(service!, await anAlert(value))).toBe(
      `The same lookup waits already. ${LATER}`,
    );
  });
});

describe('an answer after the deadline', () => {
  test('completes the alert, raises its verdict, and is told once', async () => {
    await allow(PLENTY);
    answerWith(9, 900);
    const [service] = await start(1, { ENRICHMENT_DEADLINE_MS: 200 });
    const alert = await anAlert(anAddress());
    await service!.extracted(alert.id);
    const [early] = await whenEnriched([alert.id]);
    expect(early).toMatchObject({ status: 'Partial', failed: ['virustotal'], malice: 'Pending' });
    await eventually(async () => {
      expect((await alertsOf([alert.id]))[0]).toMatchObject({
        status: 'Enriched',
        failed: [],
        reasons: {},
        malice: 'Malicious',
      });
    });
    expect(await activityOf(alert.id)).toEqual([
      'enriched',
      'enrichment_completed',
      'malice_raised',
    ]);
    const update = await database.prisma.alertUpdate.findUniqueOrThrow({
      where: { alertId: alert.id },
    });
    expect(update).toMatchObject({
      restartFrom: 'dispatch',
      isUrgent: true,
      pendingChanges: [{ field: 'malice', from: 'Pending', to: 'Malicious' }],
    });
  });

  test('that says nothing bad is noted, and told to nobody', async () => {
    await allow(PLENTY);
    answerWith(0, 900);
    const [service] = await start(1, { ENRICHMENT_DEADLINE_MS: 200 });
    const alert = await anAlert(anAddress());
    await service!.extracted(alert.id);
    await whenEnriched([alert.id]);
    await eventually(async () => {
      expect((await alertsOf([alert.id]))[0]).toMatchObject({
        status: 'Enriched',
        malice: 'Benign',
      });
    });
    expect(await database.prisma.alertUpdate.count({ where: { alertId: alert.id } })).toBe(0);
  });
});

describe('a lookup whose enricher died', () => {
  const abandon = async (value: string, seconds: number) =>
    await database.query(
      `UPDATE provider_lookups
          SET result = NULL, ended_at = NULL, holder = $2, leased_until = now() + make_interval(secs => $3)
        WHERE value = $1`,
      [value, newUuid(), seconds],
    );

  test('is repeated when its lease has ended, and not before', async () => {
    await allow(PLENTY);
    const [service] = await start(1);
    const value = anAddress();
    const before = await anAlert(value);
    await service!.extracted(before.id);
    await whenEnriched([before.id]);
    // As if the first enricher had been killed after it asked, and before it stored the answer.
    await database.query('DELETE FROM enrichment_results');
    await abandon(value, 1.5);
    vendor.requests.length = 0;
    const startedAt = performance.now();
    const alert = await anAlert(value);
    await service!.extracted(alert.id);
    const [enriched] = await whenEnriched([alert.id]);
    expect(performance.now() - startedAt).toBeGreaterThan(1_300);
    expect(enriched).toMatchObject({ status: 'Enriched' });
    expect(askedAbout(value)).toBe(1);
  });

  test('is asked again for the alert that went on without it', async () => {
    await allow(PLENTY);
    const value = anAddress();
    answerWith(9, 5_000);
    const [dying] = await start(1, { ENRICHMENT_DEADLINE_MS: 100 });
    const alert = await anAlert(value);
    await dying!.extracted(alert.id);
    await whenEnriched([alert.id]);
    await dying!.stop();
    running.length = 0;
    expect((await alertsOf([alert.id]))[0]).toMatchObject({ status: 'Partial' });
    answerWith(9);
    await start(1);
    await eventually(
      async () =>
        expect((await alertsOf([alert.id]))[0]).toMatchObject({
          status: 'Enriched',
          malice: 'Malicious',
        }),
      { timeoutMs: 15_000 },
    );
  }, 30_000);
});

describe('a provider in trouble', () => {
  test('is asked again at once after 503, and not after refused credentials', async () => {
    await allow(PLENTY);
    const [service] = await start(1);
    vendor.respondWith((_request, index) =>
      index === 0
        ? { status: 503, headers: { 'retry-after': '1' } }
        : { status: 200, headers: { 'content-type': 'application/json' }, body: bodyOf(9) },
    );
    const alert = await anAlert(anAddress());
    await service!.extracted(alert.id);
    expect((await whenEnriched([alert.id]))[0]).toMatchObject({ status: 'Enriched', reasons: {} });
    const [first, second] = vendor.requests;
    expect(second!.receivedAt.getTime() - first!.receivedAt.getTime()).toBeGreaterThanOrEqual(950);

    vendor.requests.length = 0;
    vendor.respondWith({ status: 401, body: '{"error":{"message":"Wrong key"}}' });
    const refused = await anAlert(anAddress());
    await service!.extracted(refused.id);
    expect((await whenEnriched([refused.id]))[0]).toMatchObject({ failed: ['virustotal'] });
    expect(vendor.requests).toHaveLength(1);
    await eventually(
      async () => {
        const health = await database.prisma.providerHealth.findUniqueOrThrow({
          where: { providerName: 'virustotal' },
        });
        expect(health).toMatchObject({
          lastFailureKind: 'auth',
          lastFailure: expect.stringContaining('does not accept the credentials') as unknown,
        });
        expect(health.leftAloneUntil!.getTime()).toBeGreaterThan(Date.now() + 30_000);
      },
      { timeoutMs: 10_000 },
    );
  }, 30_000);

  test('is left alone after failures in a row, and other providers answer meanwhile', async () => {
    await allow(PLENTY);
    const [service] = await start(1);
    vendor.respondWith({ status: 500, body: '<html>' });
    const alerts = await Promise.all(
      Array.from({ length: 12 }, async () => await anAlert(anAddress())),
    );
    for (const { id } of alerts) {
      await service!.extracted(id);
      await whenEnriched([id]);
    }
    expect(vendor.requests.length).toBeLessThan(10);
    const enriched = await alertsOf(alerts.map(({ id }) => id));
    expect(enriched.every(({ succeeded }) => succeeded.includes('ip_intel'))).toBe(true);
    expect(enriched.every(({ status }) => status === 'Partial')).toBe(true);
  });
});
