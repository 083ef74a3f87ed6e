import { formatTimestamp, type ProviderTestRequest, REQUESTS } from '@calseta/common';
import {
  COUNTED_HOURS,
  createHousekeepingStore,
  createProviderHealthStore,
  createProviderQuotaStore,
  createProviderStore,
  MAX_PROVIDER_VERSIONS,
  type ProviderObservation,
} from '@calseta/database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
const asked: ProviderTestRequest[] = [];
const BUILTIN = {
  name: 'vendor_x',
  title: 'Vendor X',
  lookup: {
    indicator_types: ['ip'],
    secrets: ['api_key'],
    auth: { kind: 'header', name: 'X-Key', value: '{{ secrets.api_key }}' },
    steps: [{ name: 'lookup', method: 'GET', url: 'https://x.example/v1/{{ indicator.value }}' }],
    fields: [{ name: 'score', path: 'score', as: 'number' }],
    malice: [],
  },
  environment: { secrets: [], vendor_url: 'https://x.example' },
  quotas: [{ limit: 4, window_seconds: 60 }],
  ttls: { success: { ip: 60 }, not_found: 30 },
  reliability: 0.7,
  timeout_ms: 5_000,
  is_own_directory: false,
  roles: [],
  is_active: true,
};
const PATH = '/v1/enrichment-providers';
const DRAFT = {
  name: 'my_reputation',
  indicator_types: ['ip', 'domain'],
  secrets: ['token'],
  auth: { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.token }}' },
  steps: [{ name: 'lookup', method: 'GET', url: 'https://rep.example/{{ indicator.value }}' }],
  fields: [{ name: 'score', path: 'data.score', as: 'number' }],
  malice: [
    {
      when: { all: [{ field: 'score', op: 'gte', value: 80 }] },
      malice: 'Malicious',
      reason: 'score {{ extracted.score }}',
    },
  ],
};

const store = () => createProviderStore(api.database, (text) => `encrypted:${text.length}`);
const ensure = async (environment: Record<string, unknown> = BUILTIN.environment) =>
  await store().ensureBuiltIn([{ ...BUILTIN, environment: environment as never }]);

beforeAll(async () => {
  api = await startAlertsApi();
  await ensure();
  await api.transport.respond(REQUESTS.testProvider, async (body) => {
    asked.push(body);
    const answer = {
      status: 'success',
      malice: 'Benign',
      reasons: [],
      extracted: {},
      steps: [],
    } as const;
    return await Promise.resolve({
      ...answer,
      reasons: [...answer.reasons],
      steps: [...answer.steps],
    });
  });
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Provider = { uuid: string; name: string; version: number; is_configured: boolean };

async function find(name: string): Promise<Provider & Record<string, unknown>> {
  const { body } = await api.call('GET', `${PATH}?page_size=100`);
  const found = (body.data as Provider[]).find((provider) => provider.name === name);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
}

const change = async (name: string, body: unknown) =>
  await api.call('PATCH', `${PATH}/${(await find(name)).uuid}`, { body });

describe('/v1/enrichment-providers', () => {
  test('shows what is configured, and what is not', async () => {
    expect(await find('vendor_x')).toMatchObject({
      title: 'Vendor X',
      origin: 'builtin',
      base_url: 'https://x.example',
      is_active: true,
      is_configured: false,
      credentials: [{ name: 'api_key', source: null }],
      quotas: [{ limit: 4, window_seconds: 60 }],
      version: 1,
    });
    expect(await find('sightings')).toMatchObject({ origin: 'local', is_configured: true });
    await ensure({ secrets: ['api_key'], vendor_url: 'https://x.example' });
    expect(await find('vendor_x')).toMatchObject({
      is_configured: true,
      credentials: [{ name: 'api_key', source: 'environment' }],
    });
  });

  test('shows what is left of each quota over all enrichers, and a pause that the vendor asked for', async () => {
    const quotas = [
      { limit: 4, window_seconds: 60 },
      { limit: 5, window_seconds: 3_600 },
    ];
    await ensure({ secrets: ['api_key'], vendor_url: 'https://x.example' });
    await change('vendor_x', { quotas });
    const store = createProviderQuotaStore(api.database);
    const spend = async (units: number) =>
      await store.reserve({
        providerName: 'vendor_x',
        units,
        holdMs: 0,
        quotas: quotas.map(({ limit, window_seconds: windowSeconds }) => ({
          limit,
          windowSeconds,
        })),
      });
    expect((await find('vendor_x'))['state']).toMatchObject({
      is_healthy: true,
      paused_until: null,
      quotas: [
        { limit: 4, left: 4, resets_at: null },
        { limit: 5, left: 5 },
      ],
    });
    await spend(4);
    expect((await find('vendor_x'))['state']).toMatchObject({
      is_healthy: false,
      quotas: [
        { left: 0, resets_at: expect.stringMatching(/Z$/) },
        { left: 1, resets_at: expect.stringMatching(/Z$/) },
      ],
    });
    await api.database.query('DELETE FROM provider_requests');
    await store.close('vendor_x', 60);
    expect((await find('vendor_x'))['state']).toMatchObject({
      is_healthy: false,
      paused_until: expect.stringMatching(/Z$/),
    });
    await api.database.query('DELETE FROM provider_gates');
    expect((await find('sightings'))['state']).toEqual({
      is_healthy: true,
      paused_until: null,
      breaker: 'closed',
      breaker_open_until: null,
      last_success_at: null,
      last_failure: null,
      cache: { hours: COUNTED_HOURS, lookup_count: 0, cached_count: 0, hit_rate: null },
      quotas: [],
    });
  });

  test('shows the breaker, the last failure in words, and how much the cache spares', async () => {
    await ensure({ secrets: ['api_key'], vendor_url: 'https://x.example' });
    const health = createProviderHealthStore(api.database);
    const tell = async (observation: Partial<ProviderObservation>) =>
      await health.record([
        { providerName: 'vendor_x', lookupCount: 0, cachedCount: 0, ...observation },
      ]);
    const failedAt = new Date('2026-11-30T10:00:00.250Z');
    const leftAloneUntil = new Date(Date.now() + 60_000);
    await tell({
      lastFailure: { at: failedAt, kind: 'transient', reason: 'It answered 503.' },
      leftAloneUntil,
      lookupCount: 3,
      cachedCount: 1,
    });
    await tell({ lookupCount: 1, cachedCount: 1 });
    await api.database.query(`INSERT INTO provider_lookup_counts
      VALUES ('vendor_x', now() - interval '30 hours', 100, 0)`);
    expect((await find('vendor_x'))['state']).toMatchObject({
      is_healthy: false,
      breaker: 'open',
      breaker_open_until: formatTimestamp(leftAloneUntil),
      last_failure: {
        at: '2026-11-30T10:00:00.250Z',
        kind: 'transient',
        reason: 'It answered 503.',
      },
      cache: { hours: 24, lookup_count: 4, cached_count: 2, hit_rate: 0.5 },
    });
    await tell({ lastSuccessAt: new Date(), leftAloneUntil: null });
    const { uuid } = await find('vendor_x');
    const { body } = await api.call('GET', `${PATH}/${uuid}`);
    expect(body.data).toMatchObject({
      state: {
        is_healthy: true,
        breaker: 'closed',
        breaker_open_until: null,
        last_success_at: expect.stringMatching(/Z$/) as unknown,
        last_failure: { kind: 'transient' },
      },
    });
    await createHousekeepingStore(api.database).deleteExpired(100);
    const { rows } = await api.database.query('SELECT FROM provider_lookup_counts');
    expect(rows).toHaveLength(1);
  });

  test('keeps its versions, without credentials', async () => {
    const created = await api.call('POST', PATH, {
      body: { ...DRAFT, name: 'with_versions', credentials: { token: 's3cret-of-versions' } },
    });
    const { uuid } = created.body.data as Provider;
    const fields = [{ name: 'score', path: 'score', as: 'number' }];
    await change('with_versions', { fields, reliability: 0.9 });
    const listed = await api.call('GET', `${PATH}/${uuid}/versions`);
    expect(listed.body.data).toMatchObject([
      { version: 2, reliability: 0.9, credential_names: ['token'] },
      { version: 1, reliability: 0.5 },
    ]);
    const [first, second] = await Promise.all(
      [1, 2].map(async (version) => await api.call('GET', `${PATH}/${uuid}/versions/${version}`)),
    );
    expect(first?.body.data).toMatchObject({ lookup: { fields: DRAFT.fields } });
    expect(second?.body.data).toMatchObject({ lookup: { fields } });
    expect(JSON.stringify([listed.body, first?.body, second?.body])).not.toContain('s3cret');
    expect((await api.call('GET', `${PATH}/${uuid}/versions/3`)).status).toBe(404);
    const page = await api.call('GET', `${PATH}/${uuid}/versions?page_size=1`);
    const next = String(page.body.meta['next_cursor']);
    const rest = await api.call('GET', `${PATH}/${uuid}/versions?page_size=1&cursor=${next}`);
    expect(rest.body.data).toMatchObject([{ version: 1 }]);
    await api.call('DELETE', `${PATH}/${uuid}`);
    expect((await api.call('GET', `${PATH}/${uuid}/versions`)).status).toBe(404);
  });

  test('keeps no more versions than it may', async () => {
    const { version } = await find('vendor_x');
    for (let count = 0; count < MAX_PROVIDER_VERSIONS; count += 1)
      await store().update((await find('vendor_x')).uuid, { reliability: 0.5 });
    const { uuid } = await find('vendor_x');
    expect((await api.call('GET', `${PATH}/${uuid}/versions/${version}`)).status).toBe(404);
    expect((await api.call('GET', `${PATH}/${uuid}/versions/${version + 1}`)).status).toBe(200);
  });

  test('has a new version when the steps of a built-in one change, so that it is asked anew', async () => {
    const { uuid, version } = await find('vendor_x');
    const fields = [{ name: 'points', path: 'score', as: 'number' }];
    await store().ensureBuiltIn([
      { ...BUILTIN, environment: { secrets: [] }, lookup: { ...BUILTIN.lookup, fields } },
    ]);
    expect(await find('vendor_x')).toMatchObject({ version: version + 1, lookup: { fields } });
    await ensure();
    const { body } = await api.call('GET', `${PATH}/${uuid}/versions/${version + 1}`);
    expect(body.data).toMatchObject({ lookup: { fields } });
  });

  test('keeps what operators set when the built-in ones are written again', async () => {
    await change('vendor_x', { quotas: [{ limit: 9, window_seconds: 60 }], reliability: 0.1 });
    const { version } = await find('vendor_x');
    await ensure({ secrets: [], vendor_url: 'https://x.example' });
    expect(await find('vendor_x')).toMatchObject({
      reliability: 0.1,
      version,
      is_configured: false,
    });
  });

  test('never shows a credential, and raises the version with each change', async () => {
    const before = await find('vendor_x');
    const { status, body } = await change('vendor_x', { credentials: { api_key: 's3cret-of-x' } });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      is_configured: true,
      credentials: [{ name: 'api_key', source: 'api' }],
      version: before.version + 1,
    });
    expect(JSON.stringify(body)).not.toContain('s3cret');
    const dropped = await change('vendor_x', { credentials: { api_key: null } });
    expect(dropped.body.data).toMatchObject({ is_configured: false });
  });

  test('lets no credential follow a provider to another origin', async () => {
    await change('vendor_x', { credentials: { api_key: 's3cret-of-x' } });
    const moved = await change('vendor_x', { base_url: 'https://evil.example' });
    expect(moved.status).toBe(422);
    expect(moved.body['errors']).toMatchObject([{ pointer: '/credentials/api_key' }]);
    const anew = await change('vendor_x', {
      base_url: 'https://proxy.example/x',
      credentials: { api_key: 'another' },
    });
    expect(anew.body.data).toMatchObject({
      base_url: 'https://proxy.example/x',
      is_configured: true,
    });
    // Credentials from the environment are only for the vendor.
    await ensure({ secrets: ['api_key'], vendor_url: 'https://x.example' });
    const without = await change('vendor_x', { credentials: { api_key: null } });
    expect(without.body.data).toMatchObject({ credentials: [{ name: 'api_key', source: null }] });
    await change('vendor_x', { base_url: null, credentials: { api_key: null } });
  });

  test('lets the steps of a built-in one be, and keeps it', async () => {
    expect((await change('vendor_x', { fields: [] })).status).toBe(422);
    const { uuid } = await find('vendor_x');
    expect((await api.call('DELETE', `${PATH}/${uuid}`)).status).toBe(409);
    expect((await change('vendor_x', { is_active: false })).body.data).toMatchObject({
      is_active: false,
    });
  });

  test('creates, changes and deletes one of an operator', async () => {
    const created = await api.call('POST', PATH, {
      body: { ...DRAFT, credentials: { token: 'abcdef' } },
    });
    expect(created.status).toBe(201);
    expect(created.body.data).toMatchObject({
      name: 'my_reputation',
      title: 'my_reputation',
      origin: 'custom',
      is_configured: true,
      lookup: { fields: DRAFT.fields },
    });
    expect((await api.call('POST', PATH, { body: DRAFT })).status).toBe(409);
    const fields = [{ name: 'score', path: 'score', as: 'number' }];
    expect((await change('my_reputation', { fields })).body.data).toMatchObject({
      lookup: { fields },
    });
    expect((await change('my_reputation', { fields: [] })).status).toBe(422);
    const { uuid } = await find('my_reputation');
    expect((await api.call('DELETE', `${PATH}/${uuid}`)).status).toBe(204);
    expect((await api.call('GET', `${PATH}/${uuid}`)).status).toBe(404);
  });

  test.each([
    [
      { steps: [{ ...DRAFT.steps[0], url: 'https://{{ secrets.token }}.example/' }] },
      '/steps/0/url',
    ],
    [
      { steps: [{ ...DRAFT.steps[0], headers: { 'X-A': '{{ nobody.knows }}' } }] },
      '/steps/0/headers/X-A',
    ],
    [{ steps: [] }, '/steps'],
    [{ fields: [{ name: 'score', path: 'x', step: 'other' }] }, '/fields/0/step'],
    [
      { malice: [{ when: { all: [{ field: 'colour', op: 'eq', value: 1 }] }, malice: 'Benign' }] },
      '/malice/0/when',
    ],
    [{ credentials: { other: 'abc' } }, '/credentials/other'],
    [{ quotas: [{ limit: 0, window_seconds: 60 }] }, '/quotas/0/limit'],
  ])('refuses %j and points at %s', async (wrong, pointer) => {
    const { status, body } = await api.call('POST', PATH, { body: { ...DRAFT, ...wrong } });
    expect(status).toBe(422);
    expect((body['errors'] as { pointer: string }[]).map((one) => one.pointer)).toContain(pointer);
  });

  test('has the enricher try it', async () => {
    const { uuid } = await find('vendor_x');
    const input = {
      indicator: { type: 'ip', value: '198.51.100.7' },
      recorded: [{ status: 200, body: { score: 5 } }],
    };
    const { status, body } = await api.call('POST', `${PATH}/${uuid}/test`, { body: input });
    expect({ status, data: body.data }).toMatchObject({ status: 200, data: { malice: 'Benign' } });
    expect(asked.at(-1)).toEqual({ ...input, provider_uuid: uuid });
  });
});
