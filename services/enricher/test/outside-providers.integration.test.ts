import { MAX_RAW_CHARACTERS, newUuid, REQUESTS, type TestedProvider } from '@calseta/common';
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningEnricher, startEnricher } from './support/start-enricher.js';

let testDb: TestDatabase;
let database: Database;
let vendor: WebhookSink;
const running: RunningEnricher[] = [];
const KEY = 'vt-key-s3cret-0123456789';

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
  vendor = await startWebhookSink();
});
beforeEach(async () => {
  vendor.requests.length = 0;
  vendor.respondWith({ status: 200, headers: JSON_TYPE, body: JSON.stringify(MALICIOUS) });
  await database.query(
    'TRUNCATE provider_requests, provider_gates, provider_lookups, missing_lookups',
  );
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});
afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

const JSON_TYPE = { 'content-type': 'application/json' };
const MALICIOUS = {
  data: {
    attributes: {
      last_analysis_stats: { malicious: 9, suspicious: 1, harmless: 60, undetected: 10 },
      last_analysis_results: { 'Engine A': { category: 'malicious', engine_name: 'Engine A' } },
      reputation: -3,
    },
  },
};

/** An enricher whose VirusTotal is the sink. */
async function start(): Promise<RunningEnricher> {
  const settings = {
    VIRUSTOTAL_API_KEY: new Secret(KEY),
    VIRUSTOTAL_BASE_URL: vendor.url.replace(/\/$/, ''),
  };
  const service = await startEnricher(database, [], settings);
  running.push(service);
  return service;
}

let last = 10;
/** A public address that no test has used. */
const anAddress = (): string => `45.155.205.${(last += 1)}`;

async function enrich(service: RunningEnricher, value: string): Promise<Record<string, unknown>> {
  const id = await aStoredAlert(database, {
    stage: 'extracted',
    severity: 'High',
    indicators: [{ type: 'ip', value }],
  });
  await service.extracted(id);
  return await eventually(async () => {
    const { rows } = await database.query<Record<string, unknown>>(
      `SELECT a.stage, a.enrichment_succeeded AS succeeded, a.enrichment_failed AS failed, i.malice,
              i.malice_reasons AS reasons, r.status, r.extracted, r.error
         FROM alerts a JOIN alert_indicators l ON l.alert_id = a.id JOIN indicators i ON i.id = l.indicator_id
         LEFT JOIN enrichment_results r ON r.indicator_id = i.id AND r.provider_name = 'virustotal'
        WHERE a.id = $1`,
      [id],
    );
    expect(rows[0]?.['stage']).toBe('enriched');
    return rows[0] ?? {};
  });
}

const uuidOf = async (name: string): Promise<string> => {
  const { rows } = await database.query<{ id: string }>(
    'SELECT id FROM enrichment_providers WHERE name = $1',
    [name],
  );
  return rows[0]?.id ?? newUuid();
};

async function tryProvider(
  service: RunningEnricher,
  body: Record<string, unknown>,
): Promise<TestedProvider> {
  return await service.transport.request(
    REQUESTS.testProvider,
    {
      provider_uuid: await uuidOf('virustotal'),
      indicator: { type: 'ip', value: '198.51.100.7' },
      ...body,
    } as never,
    { traceparent: '' },
  );
}

describe('a provider outside', () => {
  test('is asked with its credential, and its reading is stored and judged', async () => {
    const value = anAddress();
    const enriched = await enrich(await start(), value);
    expect(vendor.requests).toMatchObject([
      { method: 'GET', path: `/api/v3/ip_addresses/${value}`, headers: { 'x-apikey': KEY } },
    ]);
    expect(enriched).toMatchObject({
      status: 'success',
      malice: 'Malicious',
      extracted: { malicious_count: 9, engine_total: 80, flagged_by: ['Engine A'] },
    });
    expect(enriched['succeeded']).toContain('virustotal');
    expect((enriched['reasons'] as string[]).join()).toContain(
      '9 of 80 engines say malicious: Engine A',
    );
  });

  test('is kept as it answered, without secrets, as long as the answer of it that counts', async () => {
    const value = anAddress();
    const answer = { ...MALICIOUS, echo: `your key is ${KEY}`, nul: 'a\u0000b' };
    vendor.respondWith({ status: 200, headers: JSON_TYPE, body: JSON.stringify(answer) });
    const service = await start();
    await enrich(service, value);
    const rawOf = async () => {
      const { rows } = await database.query<{ steps: { status: number; body: string }[] }>(
        `SELECT r.steps FROM enrichment_raw_answers r JOIN indicators i ON i.id = r.indicator_id
          WHERE i.value = $1 AND r.provider_name = 'virustotal'`,
        [value],
      );
      return rows[0]?.steps ?? [];
    };
    const [step, ...more] = await rawOf();
    expect(more).toEqual([]);
    expect(step).toMatchObject({
      name: 'lookup',
      status: 200,
      content_type: 'application/json',
      body: expect.stringContaining('your key is [redacted]') as unknown,
    });
    await database.query('UPDATE enrichment_results SET expires_at = now()');
    vendor.respondWith({ status: 400, body: '{"message":"no"}' });
    await enrich(service, value);
    expect(await rawOf()).toEqual([step]);
    await database.query('UPDATE enrichment_results SET expires_at = now()');
    await database.query('DELETE FROM provider_lookups');
    vendor.respondWith({
      status: 200,
      headers: JSON_TYPE,
      body: 'x'.repeat(MAX_RAW_CHARACTERS + 1),
    });
    expect(await enrich(service, value)).toMatchObject({ status: 'success' });
    vendor.respondWith({
      status: 200,
      headers: JSON_TYPE,
      body: JSON.stringify({ ...MALICIOUS, long: 'x'.repeat(MAX_RAW_CHARACTERS) }),
    });
    await database.query('DELETE FROM provider_lookups');
    await enrich(service, value);
    const [long] = await rawOf();
    expect(long).toMatchObject({ is_cut: true });
    expect(long?.body).toHaveLength(MAX_RAW_CHARACTERS);
  });

  test('without a credential is asked nothing and named nowhere', async () => {
    const service = await startEnricher(database, []);
    running.push(service);
    const enriched = await enrich(service, anAddress());
    expect(enriched['status']).toBeNull();
    expect([enriched['succeeded'], enriched['failed']].flat()).not.toContain('virustotal');
  });

  test('is asked once for an answer that is still good', async () => {
    const service = await start();
    const value = anAddress();
    await enrich(service, value);
    await enrich(service, value);
    expect(vendor.requests).toHaveLength(1);
  });

  test('that wants to be left alone is, by every replica', async () => {
    vendor.respondWith({ status: 429, headers: { 'retry-after': '3600' } });
    const replicas = [await start(), await start()];
    expect(await enrich(replicas[0]!, anAddress())).toMatchObject({
      status: 'quota',
      malice: 'Pending',
    });
    expect(await enrich(replicas[1]!, anAddress())).toMatchObject({ status: 'quota' });
    expect(vendor.requests).toHaveLength(1);
  });

  test('is not asked beyond its quota', async () => {
    await start();
    const store = createProviderStore(database, (text) => text);
    const uuid = await uuidOf('virustotal');
    await store.update(uuid, { quotas: [{ limit: 2, window_seconds: 60 }] });
    const service = await start();
    const statuses = [];
    for (let index = 0; index < 4; index += 1) {
      statuses.push((await enrich(service, anAddress()))['status']);
    }
    await store.update(uuid, { quotas: [{ limit: 1_000, window_seconds: 60 }] });
    expect(statuses).toEqual(['success', 'success', 'quota', 'quota']);
    expect(vendor.requests).toHaveLength(2);
  });

  test.each([
    [{ status: 401, body: JSON.stringify({ error: { message: `Wrong key ${KEY}` } }) }, 'failed'],
    [{ status: 500, body: '<html></html>' }, 'failed'],
    [{ status: 200, body: '<html>Just a moment</html>' }, 'failed'],
    [{ status: 404, body: '{"error":{"code":"NotFoundError"}}' }, 'not_found'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'failed'],
    [{ hangUp: true }, 'failed'],
  ])('that answers %j is %s, and delays nothing', async (answer, status) => {
    vendor.respondWith(answer);
    const enriched = await enrich(await start(), anAddress());
    expect(enriched).toMatchObject({ status, malice: 'Pending' });
    expect(JSON.stringify(enriched)).not.toContain(KEY);
    expect(enriched['succeeded']).toContain('ip_intel');
  });

  test('that answers more than can be read has failed', async () => {
    vendor.respondWith({ status: 200, body: JSON.stringify({ data: 'x'.repeat(3_000_000) }) });
    expect(await enrich(await start(), anAddress())).toMatchObject({ status: 'failed' });
  });
});

describe('a test of a provider', () => {
  test('reads recorded answers and sends nothing', async () => {
    const recorded = [
      { status: 200, headers: { 'Content-Type': 'application/json' }, body: MALICIOUS },
    ];
    const tested = await tryProvider(await start(), { recorded });
    expect(tested).toMatchObject({
      status: 'success',
      malice: 'Malicious',
      extracted: { malicious_count: 9 },
      steps: [
        { name: 'lookup', outcome: 'found', request: { headers: { 'x-apikey': '<api_key>' } } },
      ],
    });
    expect(vendor.requests).toEqual([]);
  });

  test.each([
    [
      [{ status: 429, headers: { 'Retry-After': '30' }, body: null }],
      { status: 'quota', wait_hint_seconds: 30 },
    ],
    [[{ status: 401, body: {} }], { status: 'failed', error_kind: 'auth' }],
    [[{ status: 200, body: '<html>' }], { status: 'failed', error_kind: 'bad_response' }],
  ])('tells what %j means', async (recorded, expected) => {
    expect(await tryProvider(await start(), { recorded })).toMatchObject(expected);
  });

  test('names the answer that is missing, and those that nobody asked for', async () => {
    const service = await start();
    await expect(tryProvider(service, { recorded: [] })).rejects.toThrow(
      'no recorded answer for step lookup',
    );
    const twice = [MALICIOUS, MALICIOUS].map((body) => ({ status: 200, body }));
    await expect(tryProvider(service, { recorded: twice })).rejects.toThrow('left over');
  });

  test('sends nothing private', async () => {
    const indicator = { type: 'ip', value: '10.0.0.1' };
    expect(await tryProvider(await start(), { indicator })).toMatchObject({
      status: 'skipped',
      steps: [],
    });
  });

  test('lets urgent lookups that wait go first', async () => {
    const service = await start();
    await database.query(
      `INSERT INTO provider_lookups (key, provider_name, type, value, is_urgent, waiting_since, not_before,
                                     holder, leased_until, kept_until)
       VALUES ('a', 'virustotal', 'ip', '198.51.100.8', true, now(), now(),
               gen_random_uuid(), now() + interval '1 minute', now())`,
    );
    try {
      expect(await tryProvider(service, {})).toMatchObject({
        status: 'quota',
        error: 'Urgent lookups of this provider wait, and go first.',
      });
    } finally {
      await database.query(`DELETE FROM provider_lookups WHERE key = 'a'`);
    }
  });

  test('asks the vendor, and shows no credential', async () => {
    const tested = await tryProvider(await start(), {});
    expect(tested.status).toBe('success');
    expect(vendor.requests).toHaveLength(1);
    expect(JSON.stringify(tested)).not.toContain(KEY);
  });
});
