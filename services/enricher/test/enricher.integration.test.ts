import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IndicatorLookupRequest, REQUESTS, newUuid } from '@calseta/common';
import { createThreatListStore, type Database } from '@calseta/database';
import { type ConsumeOptions, type PipelineTransport } from '@calseta/messaging';
import {
  anAlertMessage,
  aStoredAlert,
  eventually,
  miscountedIndicators,
  type StoredAlert,
  type StoredIndicator,
  testDatabase,
  type TestDatabase,
} from '@calseta/testing';
import { openTestDatabase } from '@calseta/testing/services';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ProviderAnswer } from '../src/domain/provider.js';
import { createEnricher } from '../src/service.js';
import {
  type RunningEnricher,
  SETTINGS,
  startEnricher,
  telemetry,
} from './support/start-enricher.js';
import { aProvider } from './support/test-provider.js';

let testDb: TestDatabase;
let database: Database;
const running: RunningEnricher[] = [];

beforeAll(async () => {
  testDb = await testDatabase();
  database = await openTestDatabase(testDb.url);
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDb.drop();
});

async function start(
  ...[providers, settings]:
    [] | [Parameters<typeof startEnricher>[1], Parameters<typeof startEnricher>[2]?]
): Promise<RunningEnricher> {
  const service = await startEnricher(database, providers, settings);
  running.push(service);
  return service;
}

const anExtractedAlert = async (
  indicators: readonly StoredIndicator[],
  alert: StoredAlert = {},
): Promise<string> =>
  await aStoredAlert(database, { stage: 'extracted', severity: 'High', indicators, ...alert });

type AlertRow = {
  stage: string;
  malice: string;
  enrichment_status: string;
  enrichment_succeeded: string[];
  enrichment_failed: string[];
  enriched_at: Date;
};
type ResultRow = { provider_name: string; status: string; extracted: Record<string, unknown> };
type IndicatorRow = { malice: string; malice_reasons: string[] };
type ActivityRow = { kind: string; detail: { providers: Record<string, object> } };

const read = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await database.query(sql, values)).rows as T[];

const alertRow = async (id: string) =>
  (await read<AlertRow>('SELECT * FROM alerts WHERE id = $1', id))[0]!;

const resultsOf = async (value: string): Promise<Record<string, ResultRow | undefined>> => {
  const rows = await read<ResultRow>(
    `SELECT r.* FROM enrichment_results r JOIN indicators i ON i.id = r.indicator_id WHERE i.value = $1`,
    value,
  );
  return Object.fromEntries(rows.map((row) => [row.provider_name, row]));
};

const indicatorRow = async (value: string) =>
  (await read<IndicatorRow>('SELECT * FROM indicators WHERE value = $1', value))[0];

const whenEnriched = async (id: string) =>
  await eventually(async () => {
    const alert = await alertRow(id);
    expect(alert.stage).toBe('enriched');
    return alert;
  });

let lastHost = 0;
const freshIp = () => `192.0.3.${++lastHost}`;
const ip = (value = freshIp()) => ({ type: 'ip', value }) as const;

const says = (malice: 'Malicious' | 'Benign' | 'Pending', extracted = {}): ProviderAnswer => ({
  kind: 'found',
  extracted,
  malice,
});
const never = () => new Promise<never>(() => undefined);

const EICAR_MD5 = '44d88612fea8a8f36de82e1278abb02f';

describe('alert.extracted', () => {
  test('enriches by the three keyless providers, judges, and hands the alert on', async () => {
    const service = await start();
    const { value } = ip();
    const id = await anExtractedAlert([ip(value), { type: 'hash_md5', value: EICAR_MD5 }]);
    await service.extracted(id);
    const alert = await whenEnriched(id);
    expect(alert).toMatchObject({
      enrichment_status: 'Enriched',
      enrichment_succeeded: ['threat_lists', 'ip_intel'],
      enrichment_not_found: ['sightings'],
      enrichment_failed: [],
      enrichment_reasons: {},
      malice: 'Malicious',
    });
    expect(alert.enriched_at).toBeInstanceOf(Date);

    const results = await resultsOf(value);
    expect(results).not.toHaveProperty('sightings');
    expect(results['threat_lists']).toMatchObject({ status: 'not_found', malice: 'Pending' });
    expect(results['ip_intel']?.extracted).toEqual({ address_class: 'public', ip_version: 4 });
    expect((await resultsOf(EICAR_MD5))['threat_lists']?.extracted).toMatchObject({
      listed_as: 'deny',
    });
    expect(await indicatorRow(EICAR_MD5)).toMatchObject({
      malice: 'Malicious',
      malice_reasons: ['threat_lists: Malicious (reliability 0.9)'],
    });
    expect(await indicatorRow(value)).toMatchObject({ malice: 'Pending', malice_reasons: [] });

    const [activity] = await read<ActivityRow>('SELECT * FROM activity WHERE alert_id = $1', id);
    expect(activity).toMatchObject({ kind: 'enriched', actor: 'enricher' });
    expect(activity!.detail).toMatchObject({
      status: 'Enriched',
      providers: { threat_lists: { found: 1, not_found: 1 } },
    });
    await eventually(() =>
      expect(service.published).toMatchObject([
        { type: 'alert.enriched', alert_id: id, lane: 'urgent' },
      ]),
    );
  });

  test('an alert without indicators is enriched, with empty lists', async () => {
    const service = await start();
    const id = await anExtractedAlert([]);
    await service.extracted(id);
    expect(await whenEnriched(id)).toMatchObject({
      enrichment_status: 'Enriched',
      enrichment_succeeded: [],
      enrichment_not_found: [],
      enrichment_failed: [],
      enrichment_reasons: {},
      malice: 'Pending',
    });
  });

  test('sends public indicators outside only, and malformed ones to nobody', async () => {
    const outside = aProvider('outside', async () => ({ kind: 'not_found' }));
    const local = aProvider('local', async () => ({ kind: 'not_found' }), { reach: 'local' });
    const service = await start([outside, local]);
    const [open, inner] = [freshIp(), '10.0.0.42'];
    const id = await anExtractedAlert([
      ip(open),
      { ...ip(inner), classification: 'private' },
      { type: 'hash_sha256', value: 'a1b2c3d4e5f6...', isMalformed: true },
    ]);
    await service.extracted(id);
    await whenEnriched(id);
    expect(outside.asked).toEqual([open]);
    expect(local.asked.sort()).toEqual([inner, open]);
    expect(await resultsOf('a1b2c3d4e5f6...')).toEqual({});
  });

  test('a slow, a throwing and a senseless provider neither delay nor spoil the others', async () => {
    const { value } = ip();
    const service = await start([
      aProvider('slow', never, { timeoutMs: 100 }),
      aProvider('throwing', () => {
        throw new Error('out of order');
      }),
      aProvider('senseless', async () => ({ kind: 'found', extracted: 'evil' }) as never),
      aProvider('huge', async () => says('Malicious', { text: 'x'.repeat(100_000) })),
      aProvider('good', async () => says('Malicious', { score: 97 })),
    ]);
    const startedAt = performance.now();
    const id = await anExtractedAlert([ip(value)]);
    await service.extracted(id);
    expect(await whenEnriched(id)).toMatchObject({
      enrichment_status: 'Partial',
      enrichment_succeeded: ['ip_intel', 'good'],
      enrichment_not_found: ['sightings', 'threat_lists'],
      enrichment_failed: ['slow', 'throwing', 'senseless', 'huge'],
      enrichment_reasons: { slow: 'No answer within 100 ms.', throwing: 'out of order' },
      malice: 'Malicious',
    });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    const results = await resultsOf(value);
    expect(results['good']).toMatchObject({ status: 'success', extracted: { score: 97 } });
    expect(results['slow']).toMatchObject({ status: 'timeout', error: 'No answer within 100 ms.' });
    expect(results['throwing']).toMatchObject({ status: 'failed', error: 'out of order' });
    expect(results['senseless']).toMatchObject({
      status: 'failed',
      extracted: {},
      malice: 'Pending',
    });
    expect(results['huge']?.status).toBe('failed');
  });

  test('the deadline delivers what is there and names what is missing; the late answer is stored and judged', async () => {
    const { value } = ip();
    let answerNow: (answer: ProviderAnswer) => void = () => undefined;
    const late = aProvider(
      'late',
      async () =>
        await new Promise((resolve) => {
          answerNow = resolve;
        }),
      { timeoutMs: 60_000 },
    );
    const service = await start([late], { ENRICHMENT_DEADLINE_MS: 200 });
    const id = await anExtractedAlert([ip(value)]);
    await service.extracted(id);
    expect(await whenEnriched(id)).toMatchObject({
      enrichment_status: 'Partial',
      enrichment_failed: ['late'],
      malice: 'Pending',
    });
    expect((await resultsOf(value))['late']?.status).toBe('timeout');

    answerNow(says('Malicious', { score: 1 }));
    await eventually(async () => {
      expect((await resultsOf(value))['late']).toMatchObject({
        status: 'success',
        extracted: { score: 1 },
      });
      expect((await indicatorRow(value))?.malice).toBe('Malicious');
    });
    expect((await alertRow(id)).stage).toBe('enriched');
    await eventually(async () => expect((await alertRow(id)).malice).toBe('Malicious'));
    expect(await miscountedIndicators(database)).toEqual([]);
  });

  test('asks once for many alerts with one address, and again neither for a later alert nor after a restart', async () => {
    const { value } = ip();
    const counting = aProvider('counting', async () => says('Benign'));
    const service = await start([counting]);
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => await anExtractedAlert([ip(value)])),
    );
    await service.extracted(ids[0]!);
    await whenEnriched(ids[0]!);
    await Promise.all(ids.slice(1).map(async (id) => await service.extracted(id)));
    await Promise.all(ids.map(whenEnriched));
    expect(counting.asked).toHaveLength(1);

    const restarted = await start([counting]);
    const later = await anExtractedAlert([ip(value)]);
    await restarted.extracted(later);
    expect(await whenEnriched(later)).toMatchObject({ enrichment_status: 'Enriched' });
    expect(counting.asked).toHaveLength(1);
    const [activity] = await read<ActivityRow>('SELECT * FROM activity WHERE alert_id = $1', later);
    expect(activity!.detail.providers['counting']).toMatchObject({ found: 1, cached: 1 });
  });

  test('shares one call among alerts that ask at the same time', async () => {
    const { value } = ip();
    let answerNow: (answer: ProviderAnswer) => void = () => undefined;
    const answer = new Promise<ProviderAnswer>((resolve) => {
      answerNow = resolve;
    });
    const shared = aProvider('shared', async () => await answer);
    const both = aProvider('both', async () => ({ kind: 'not_found' }), {
      ttlSeconds: 0,
      negativeTtlSeconds: 0,
    });
    const service = await start([shared, both]);
    const ids = await Promise.all(
      Array.from({ length: 10 }, async () => await anExtractedAlert([ip(value)])),
    );
    await Promise.all(ids.map(async (id) => await service.extracted(id)));
    await eventually(() => expect(both.asked.length).toBeGreaterThan(0));
    answerNow(says('Benign'));
    await Promise.all(ids.map(whenEnriched));
    expect(shared.asked).toHaveLength(1);
  });

  test('a later failure never overwrites an earlier answer, and its verdict keeps its weight', async () => {
    const { value } = ip();
    const answers: (() => ProviderAnswer)[] = [
      () => says('Malicious', { score: 97 }),
      () => ({ kind: 'unavailable', reason: 'down' }),
    ];
    const flaky = aProvider('flaky', async () => answers.shift()!(), { ttlSeconds: 0 });
    const service = await start([flaky]);
    const first = await anExtractedAlert([ip(value)]);
    await service.extracted(first);
    await whenEnriched(first);
    const second = await anExtractedAlert([ip(value)]);
    await service.extracted(second);
    expect(await whenEnriched(second)).toMatchObject({
      enrichment_status: 'Partial',
      enrichment_failed: ['flaky'],
      malice: 'Malicious',
    });
    expect((await resultsOf(value))['flaky']).toMatchObject({
      status: 'success',
      extracted: { score: 97 },
    });
  });

  test("a person's override of an indicator decides the alert's verdict and sticks", async () => {
    const service = await start();
    const { value } = ip();
    const id = await anExtractedAlert([ip(value)]);
    await database.query(`UPDATE indicators SET malice_override = 'Malicious' WHERE value = $1`, [
      value,
    ]);
    await service.extracted(id);
    expect((await whenEnriched(id)).malice).toBe('Malicious');
    expect(await indicatorRow(value)).toMatchObject({
      malice: 'Pending',
      malice_override: 'Malicious',
    });
  });

  test('a change of settings is effective within two seconds, and makes cached answers stale', async () => {
    const { value } = ip();
    const provider = aProvider('configured', async () => says('Malicious'));
    const service = await start([provider]);
    const enrich = async () => {
      const id = await anExtractedAlert([ip(value)]);
      await service.extracted(id);
      return await whenEnriched(id);
    };
    await enrich();
    await enrich();
    expect(provider.asked).toHaveLength(1);

    const data = { name: 'configured', configVersion: 2, reliability: 0.3 };
    await database.prisma.enrichmentProvider.create({ data: { ...data, indicatorTypes: [] } });
    await eventually(async () => expect((await enrich()).malice).toBe('Suspicious'), {
      timeoutMs: 2_500,
    });
    expect(provider.asked.length).toBeGreaterThan(1);

    await database.prisma.enrichmentProvider.update({
      where: { name: 'configured' },
      data: { isEnabled: false },
    });
    await eventually(
      async () => expect((await enrich()).enrichment_succeeded).not.toContain('configured'),
      { timeoutMs: 2_500 },
    );
  });

  test('publishes the next message again after a redelivery, without a second effect', async () => {
    const service = await start();
    const id = await anExtractedAlert([ip()]);
    await service.extracted(id);
    await whenEnriched(id);
    const before = await alertRow(id);
    await service.extracted(id);
    await eventually(() => expect(service.published).toHaveLength(2));
    expect(await alertRow(id)).toEqual(before);
    expect(await read('SELECT 1 FROM activity WHERE alert_id = $1', id)).toHaveLength(1);
  });

  test('ignores messages that are stale, about nothing, or about an alert further along', async () => {
    const service = await start();
    const stale = await anExtractedAlert([], { revision: 2 });
    const further = await anExtractedAlert([], { stage: 'dispatched' });
    for (const id of [stale, newUuid(), further]) await service.extracted(id);
    const last = await anExtractedAlert([]);
    await service.extracted(last);
    await eventually(() => expect(service.published).toMatchObject([{ alert_id: last }]));
    expect((await alertRow(stale)).stage).toBe('extracted');
  });

  test('knows earlier alerts from counters, without a row of results, and those that a person confirmed', async () => {
    const service = await start();
    const { value } = ip();
    await anExtractedAlert([ip(value)], { stage: 'dispatched', maliceOverride: 'Malicious' });
    const id = await anExtractedAlert([ip(value)]);
    await service.extracted(id);
    expect((await whenEnriched(id)).malice).toBe('Suspicious');
    expect(await resultsOf(value)).not.toHaveProperty('sightings');
    const answer = await service.transport.request(REQUESTS.lookUpIndicator, { type: 'ip', value });
    expect(answer.enrichment_results['sightings']?.extracted).toMatchObject({
      alert_count: 2,
      alert_verdicts: { suspicious: 1, malicious: 1 },
    });
    expect(await miscountedIndicators(database)).toEqual([]);
  });

  test('the first alert with an indicator learns nothing from our history, whoever asks later does', async () => {
    const service = await start();
    const { value } = ip();
    const id = await anExtractedAlert([ip(value)]);
    await service.extracted(id);
    await whenEnriched(id);
    const [activity] = await read<ActivityRow>('SELECT * FROM activity WHERE alert_id = $1', id);
    expect(activity!.detail.providers['sightings']).toMatchObject({ found: 0, not_found: 1 });
    const answer = await service.transport.request(REQUESTS.lookUpIndicator, { type: 'ip', value });
    expect(answer.enrichment_results['sightings']).toMatchObject({
      status: 'success',
      extracted: { alert_count: 1, alert_verdicts: { pending: 1 } },
    });
  });

  test('verdicts of many alerts with the same indicators are counted exactly by two processes', async () => {
    const judge = aProvider('judge', async ({ value }) =>
      says(value.endsWith('1') ? 'Malicious' : 'Benign'),
    );
    const services = [await start([judge]), await start([judge])];
    const addresses = Array.from({ length: 10 }, () => ip());
    const ids = await Promise.all(
      Array.from(
        { length: 40 },
        async (_, index) =>
          await anExtractedAlert(addresses.filter((__, at) => (index + at) % 3 > 0)),
      ),
    );
    await Promise.all([
      ...ids.map(async (id) => await services[0]!.extracted(id)),
      ...ids.toReversed().map(async (id) => await services[1]!.extracted(id)),
    ]);
    await Promise.all(ids.map(whenEnriched));
    expect(await miscountedIndicators(database)).toEqual([]);
  });

  test('two processes over the same indicators neither deadlock nor lose an answer', async () => {
    const services = [await start(), await start()];
    const addresses = Array.from({ length: 20 }, () => ip());
    await database.query(`UPDATE enrichment_providers SET ttl_seconds = 0 WHERE name = 'ip_intel'`);
    const ids = await Promise.all(
      Array.from(
        { length: 40 },
        async (_, index) => await anExtractedAlert(index % 2 ? addresses : addresses.toReversed()),
      ),
    );
    await Promise.all([
      ...ids.map(async (id) => await services[0]!.extracted(id)),
      ...ids.toReversed().map(async (id) => await services[1]!.extracted(id)),
    ]);
    const alerts = await Promise.all(ids.map(whenEnriched));
    expect(new Set(alerts.map(({ enrichment_status }) => enrichment_status))).toEqual(
      new Set(['Enriched']),
    );
    expect(await read('SELECT 1 FROM activity WHERE alert_id = ANY($1)', ids)).toHaveLength(40);
    await database.query(
      `UPDATE enrichment_providers SET ttl_seconds = 60 WHERE name = 'ip_intel'`,
    );
  });
});

describe('local files', () => {
  test('reads allow and deny lists and network data, and reads a list again when it changed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'calseta-lists-'));
    await mkdir(join(directory, 'deny'));
    await writeFile(
      join(directory, 'deny', 'ours.txt'),
      '# ours\nBAD[.]example.com\nnot a line\n192.0.3.0/25\n',
    );
    const intelFile = join(directory, 'networks.csv');
    await writeFile(intelFile, 'cidr,asn,org,country\n192.0.3.0/24,AS64500,"Example, Inc.",DE\n');
    try {
      const service = await start([], { THREAT_LISTS_DIR: directory, IP_INTEL_FILE: intelFile });
      const { value } = ip();
      const id = await anExtractedAlert([
        ip(value),
        { type: 'domain', value: 'www.bad.example.com' },
      ]);
      await service.extracted(id);
      expect((await whenEnriched(id)).malice).toBe('Malicious');
      expect((await resultsOf('www.bad.example.com'))['threat_lists']?.extracted).toEqual({
        listed_as: 'deny',
        matches: [{ list: 'ours', verdict: 'deny', entry: 'bad.example.com' }],
      });
      expect((await resultsOf(value))['ip_intel']?.extracted).toMatchObject({
        asn: 64500,
        organization: 'Example, Inc.',
        country: 'DE',
      });

      await writeFile(join(directory, 'deny', 'ours.txt'), 'worse.example.com\n');
      await eventually(async () => {
        const answer = await service.transport.request(REQUESTS.lookUpIndicator, {
          type: 'domain',
          value: 'worse.example.com',
        });
        expect(answer).toMatchObject({ malice: 'Malicious' });
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('threat lists of the API', () => {
  test('count within two seconds on a running enricher, allow lists first, and no longer when deleted', async () => {
    const service = await start();
    const lists = createThreatListStore(database);
    const ask = async (value: string) =>
      (await service.transport.request(REQUESTS.lookUpIndicator, { type: 'domain', value })).malice;
    const list = async (name: string, verdict: 'allow' | 'deny', value: string) =>
      await lists.create({
        name,
        verdict,
        description: '',
        is_active: true,
        format: 'json',
        entries: [{ type: 'domain', value }],
        skippedCount: 0,
      });
    await anExtractedAlert([{ type: 'domain', value: 'x.listed.example.org' }]);
    expect(await ask('x.listed.example.org')).toBe('Pending');
    const denied = await list('denied', 'deny', 'listed.example.org');
    const within = { timeoutMs: 2_000 };
    await eventually(
      async () => expect(await ask('x.listed.example.org')).toBe('Malicious'),
      within,
    );
    const allowed = await list('allowed', 'allow', 'listed.example.org');
    await eventually(async () => expect(await ask('x.listed.example.org')).toBe('Benign'), within);
    await lists.update(allowed.uuid, { is_active: false });
    await eventually(
      async () => expect(await ask('x.listed.example.org')).toBe('Malicious'),
      within,
    );
    await lists.remove(denied.uuid);
    await eventually(async () => expect(await ask('x.listed.example.org')).toBe('Pending'), within);
  });
});

describe('the TLP of an alert', () => {
  test('keeps it from providers that are told less, which are named in neither list', async () => {
    const free = aProvider('free', async () => says('Malicious'), { maxTlp: 'RED' });
    const strict = aProvider('strict', async () => says('Malicious'), { maxTlp: 'GREEN' });
    const service = await start([free, strict]);
    const value = ip();
    const id = await anExtractedAlert([value], { tags: ['tlp:green'], tlp: 'AMBER' });
    await service.extracted(id);
    const alert = await whenEnriched(id);
    expect([alert.enrichment_status, alert.enrichment_failed]).toEqual(['Enriched', []]);
    expect(alert.enrichment_succeeded).toContain('free');
    expect(alert.enrichment_succeeded).not.toContain('strict');
    expect([free.asked.length, strict.asked.length]).toEqual([1, 0]);
    const line = await database.prisma.activity.findFirstOrThrow({
      where: { alertId: id, kind: 'enriched' },
    });
    expect(line.detail).toMatchObject({
      providers: { strict: { skipped: 1, errors: [expect.stringContaining('TLP:AMBER')] } },
    });
    const stored = await database.prisma.enrichmentResult.findMany({
      where: { indicator: { value: value.value } },
    });
    expect(stored.map(({ providerName }) => providerName)).not.toContain('strict');
  });

  test('does not hide what is stored already', async () => {
    const strict = aProvider('strict', async () => says('Malicious'), { maxTlp: 'GREEN' });
    const service = await start([strict]);
    const value = ip();
    const first = await anExtractedAlert([value]);
    await service.extracted(first);
    await whenEnriched(first);
    const second = await anExtractedAlert([value], { tlp: 'RED' });
    await service.extracted(second);
    expect((await whenEnriched(second)).malice).toBe('Malicious');
    expect(strict.asked).toHaveLength(1);
  });
});

describe('enricher.lookup', () => {
  const ask = async (service: RunningEnricher, body: IndicatorLookupRequest) =>
    await service.transport.request(REQUESTS.lookUpIndicator, body);

  test('answers about a value that no alert has, in whatever spelling, and stores nothing', async () => {
    const service = await start();
    const answer = await ask(service, { type: 'hash_md5', value: ` ${EICAR_MD5.toUpperCase()} ` });
    expect(answer).toMatchObject({ value: EICAR_MD5, malice: 'Malicious', is_malformed: false });
    const unknown = await ask(service, { type: 'ip', value: '8[.]8[.]8[.]8' });
    expect(unknown).toMatchObject({ value: '8.8.8.8', malice: 'Benign', classification: 'public' });
    expect(unknown.enrichment_results['sightings']).toMatchObject({
      status: 'not_found',
      cached: false,
    });
    expect(await indicatorRow('8.8.8.8')).toBeUndefined();
  });

  test('shares the cache with alerts', async () => {
    const { value } = ip();
    const counting = aProvider('counted', async () => says('Malicious', { score: 5 }));
    const service = await start([counting]);
    const id = await anExtractedAlert([ip(value)]);
    expect((await ask(service, { type: 'ip', value })).enrichment_results['counted']).toMatchObject(
      { cached: false },
    );
    expect((await indicatorRow(value))?.malice).toBe('Malicious');
    await service.extracted(id);
    await whenEnriched(id);
    expect((await ask(service, { type: 'ip', value })).enrichment_results['counted']).toMatchObject(
      {
        cached: true,
        extracted: { score: 5 },
      },
    );
    expect(counting.asked).toHaveLength(1);
  });

  test('asks the providers that are named, anew where the cache is bypassed', async () => {
    const { value } = ip();
    const wanted = aProvider('wanted', async () => says('Malicious', { score: 5 }));
    const other = aProvider('other', async () => says('Benign'));
    const service = await start([wanted, other]);
    await anExtractedAlert([ip(value)]);
    const named = { type: 'ip' as const, value, providers: ['wanted'] };
    expect(Object.keys((await ask(service, named)).enrichment_results)).toEqual(['wanted']);
    const again = (await ask(service, named)).enrichment_results['wanted'];
    expect(again).toMatchObject({ cached: true, age_seconds: expect.any(Number) });
    const anew = (await ask(service, { ...named, bypass_cache: true })).enrichment_results[
      'wanted'
    ];
    expect(anew).toMatchObject({ cached: false, age_seconds: 0 });
    expect([wanted.asked.length, other.asked.length]).toEqual([2, 0]);
  });

  test('keeps the weight of stored answers of providers that are not named', async () => {
    const { value } = ip();
    const service = await start([
      aProvider('bad', async () => says('Malicious')),
      aProvider('quiet', async () => says('Pending')),
    ]);
    await anExtractedAlert([ip(value)]);
    await ask(service, { type: 'ip', value, providers: ['bad'] });
    const answer = await ask(service, { type: 'ip', value, providers: ['quiet'] });
    expect([answer.malice, (await indicatorRow(value))?.malice]).toEqual([
      'Malicious',
      'Malicious',
    ]);
  });

  test('says why a named provider is not asked, and refuses a name that nobody has', async () => {
    const service = await start([aProvider('wanted', async () => says('Malicious'))]);
    const question = { type: 'account', value: 'CONTOSO\\\\jsmith' } as const;
    const { enrichment_results: results } = await ask(service, {
      ...question,
      providers: ['wanted', 'virustotal'],
    });
    expect(results).toMatchObject({
      wanted: { status: 'skipped', reason: expect.stringContaining('own directories') },
      virustotal: { status: 'skipped', reason: expect.stringContaining('credentials') },
    });
    await expect(ask(service, { ...question, providers: ['nobody'] })).rejects.toMatchObject({
      code: 'request.invalid',
      issues: [{ pointer: '/providers/0' }],
    });
  });

  test('asks nobody about a malformed value', async () => {
    const provider = aProvider('curious', async () => says('Malicious'), { reach: 'local' });
    const service = await start([provider]);
    const answer = await ask(service, { type: 'ip', value: '999.1.1.1' });
    expect(answer).toMatchObject({ is_malformed: true, malice: 'Pending', enrichment_results: {} });
    expect(provider.asked).toEqual([]);
  });
});

describe('healing', () => {
  test('sweeps up an alert whose message never came', async () => {
    const id = await anExtractedAlert([], { nextSweepAt: new Date(0) });
    const service = await start([], { SWEEP_INTERVAL_MS: 100 });
    await whenEnriched(id);
    await eventually(() => expect(service.published.length).toBeGreaterThan(0));
  });

  test('marks the alert of a dead letter as failed, with the reason', async () => {
    let options: ConsumeOptions | undefined;
    const capturing = {
      consume: async (_subscription, _handler, given) => {
        options = given;
        return { drain: async () => undefined, waiting: () => 0 };
      },
      respond: async () => ({ drain: async () => undefined }),
      isReady: () => true,
    } as Partial<PipelineTransport> as PipelineTransport;
    const enricher = await createEnricher({
      config: SETTINGS,
      database,
      transport: capturing,
      telemetry,
    });
    const id = await anExtractedAlert([]);
    const message = anAlertMessage({ alert_id: id, type: 'alert.extracted' });
    await options!.onDeadLetter(message, new Error('A defect.'));
    expect(await alertRow(id)).toMatchObject({
      stage: 'failed',
      failure_code: 'internal.error',
      failure_reason: 'An internal error; the log has it under the id of the alert.',
    });
    await enricher.drain();
  });
});
