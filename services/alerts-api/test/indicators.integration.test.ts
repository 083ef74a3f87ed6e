import {
  AppError,
  encodeCursor,
  formatTimestamp,
  type IndicatorLookupAnswer,
  type IndicatorType,
  MAX_LOOKUP_ITEMS,
  MAX_MAPPINGS,
  MAX_MAPPINGS_PER_SOURCE,
  newUuid,
  REQUESTS,
} from '@calseta/common';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function insertIndicator(type: IndicatorType, value: string, alertIds: string[] = []) {
  const at = new Date();
  const { id } = await api.database.prisma.indicator.create({
    data: {
      id: newUuid(),
      type,
      value,
      classification: 'public',
      firstSeenAt: at,
      lastSeenAt: at,
      malice: 'Suspicious',
      alertCount: alertIds.length,
      alerts: {
        create: alertIds.map((alertId, position) => ({
          alertId,
          position,
          role: 'source',
          provenance: [
            { pass: 'explicit', pointer: '/indicators/0/value' },
            { pass: 'system', pointer: '#/normalized/src_ip' },
            { pass: 'explicit', pointer: '#/occurrences' },
          ],
        })),
      },
      results: {
        create: {
          providerName: 'ip_intel',
          configVersion: 1,
          status: 'success',
          extracted: { ip_version: 6 },
          fetchedAt: at,
          expiresAt: at,
        },
      },
    },
  });
  return id;
}

describe('what a provider said', () => {
  const rawOf = async (id: string, provider: string) =>
    await api.call('GET', `/v1/indicators/${id}/enrichment/${provider}/raw`);

  test('is read, and 404 says why nothing is kept', async () => {
    const { prisma } = api.database;
    const at = new Date();
    const aProvider = async (name: string, isOwnDirectory = false) =>
      await prisma.enrichmentProvider.create({ data: { name, origin: 'custom', isOwnDirectory } });
    await aProvider('rep');
    await aProvider('silent');
    await aProvider('never');
    await aProvider('directory', true);
    const id = await insertIndicator('ip', '198.51.100.200');
    const steps = [
      { name: 'lookup', status: 200, content_type: 'text/html', body: '<script>1</script>' },
    ];
    await prisma.enrichmentRawAnswer.create({
      data: { indicatorId: id, providerName: 'rep', fetchedAt: at, steps },
    });
    const result = { configVersion: 1, fetchedAt: at, expiresAt: at, indicatorId: id };
    await prisma.enrichmentResult.create({
      data: { ...result, providerName: 'silent', status: 'timeout' },
    });
    const kept = await rawOf(id, 'rep');
    expect(kept.status).toBe(200);
    expect(kept.body.data).toEqual({
      provider_name: 'rep',
      fetched_at: formatTimestamp(at),
      steps,
    });
    for (const [uuid, provider, why] of [
      [newUuid(), 'rep', 'no such indicator'],
      [id, 'nobody', 'no provider `nobody`'],
      [id, 'ip_intel', 'answers by itself'],
      [id, 'directory', 'about a person is not kept'],
      [id, 'silent', 'its last result is `timeout`'],
      [id, 'never', 'has not answered about this indicator.'],
    ] as const) {
      const { status, body } = await rawOf(uuid, provider);
      expect([status, body['detail']]).toEqual([404, expect.stringContaining(why)]);
    }
  });
});

describe('/v1/indicators', () => {
  test.each([
    ['ip', '2001:db8::1:2', '2001:0DB8:0:0:0:0:1:2'],
    ['domain', 'evil-cdn.com', 'EVIL-CDN[.]com.'],
    ['email', 'bob@evil-cdn.com', 'Bob@Evil-CDN.com'],
  ] as const)('finds %s %s by another spelling', async (type, value, spelling) => {
    const uuid = await insertIndicator(type, value);
    for (const query of [`type=${type}&`, '']) {
      const { body } = await api.call(
        'GET',
        `/v1/indicators?${query}value=${encodeURIComponent(spelling)}`,
      );
      expect(body.data).toMatchObject([{ uuid, type, value }]);
    }
  });

  test('finds by a part of the value, by type and by verdict', async () => {
    const uuid = await insertIndicator('domain', 'needle.haystack.com');
    const list = async (query: string) => (await api.call('GET', `/v1/indicators?${query}`)).body;
    expect((await list('q=NEEDLE')).data).toMatchObject([{ uuid }]);
    expect((await list('q=needle&type=ip')).data).toEqual([]);
    expect((await list('q=needle&malice=Suspicious')).data).toHaveLength(1);
    expect((await list('q=needle&malice=Benign')).data).toEqual([]);
  });

  test('shows an indicator with its alerts, newest first, and what providers said', async () => {
    const older = await insertAlert(api.database);
    const newer = await insertAlert(api.database);
    const uuid = await insertIndicator('ip', '185.220.101.1', [older, newer]);
    const { body } = await api.call('GET', `/v1/indicators/${uuid}`);
    expect(body.data).toMatchObject({
      uuid,
      alert_count: 2,
      alerts: [{ uuid: newer }, { uuid: older }],
      enrichment_results: {
        ip_intel: { status: 'success', extracted: { ip_version: 6 } },
        sightings: {
          status: 'success',
          malice: 'Pending',
          extracted: { alert_count: 2, alert_verdicts: { pending: 2 } },
        },
      },
    });
    const ofAlert = await api.call('GET', `/v1/alerts/${older}/indicators`);
    const places = [
      { pass: 'explicit', pointer: '/raw_payload/indicators/0/value' },
      { pass: 'system', pointer: '/normalized_fields/src_ip' },
      { pass: 'explicit', pointer: '/links/occurrences' },
    ];
    expect(ofAlert.body.data).toMatchObject([{ uuid, role: 'source', provenance: places }]);
    expect((body.data as { alerts: unknown[] }).alerts).toMatchObject([
      { role: 'source', provenance: places },
      { role: 'source', provenance: places },
    ]);
  });

  test('says where each stands in the answer about its alert', async () => {
    const alert = await insertAlert(api.database, {
      rawPayload: { indicators: [{ value: '185.220.101.9' }] },
      normalizedFields: { src_ip: '185.220.101.9' },
      duplicateCount: 1,
      indicatorCount: 1,
    });
    await insertIndicator('ip', '185.220.101.9', [alert]);
    const [listed] = (await api.call('GET', `/v1/alerts/${alert}/indicators`)).body.data as [
      { provenance: { pointer: string }[] },
    ];
    const { body } = await api.call('GET', `/v1/alerts/${alert}`);
    const found = listed.provenance.map(({ pointer }) =>
      pointer
        .split('/')
        .slice(1)
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], body.data),
    );
    expect(found).toEqual([
      '185.220.101.9',
      '185.220.101.9',
      expect.stringMatching(/occurrences$/),
    ]);
  });

  test('refuses a cursor that no page of an alert’s indicators returned', async () => {
    const uuid = await insertAlert(api.database);
    for (const position of [2 ** 31, -2, 'x']) {
      const path = `/v1/alerts/${uuid}/indicators?cursor=${encodeCursor(position)}`;
      const { status, body } = await api.call('GET', path);
      expect([status, body['code']]).toEqual([422, 'request.invalid']);
    }
  });

  test('a person’s verdict wins, and can be taken back', async () => {
    const uuid = await insertIndicator('ip', '185.220.101.2');
    const patch = async (value: unknown) =>
      (await api.call('PATCH', `/v1/indicators/${uuid}`, { body: { malice_override: value } })).body
        .data;
    expect(await patch('Benign')).toMatchObject({ malice: 'Benign', malice_override: 'Benign' });
    expect(await patch(null)).toMatchObject({ malice: 'Suspicious' });
  });

  test('answers 404 for an unknown one', async () => {
    const path = `/v1/indicators/${newUuid()}`;
    expect((await api.call('GET', path)).status).toBe(404);
    expect((await api.call('PATCH', path, { body: { malice_override: null } })).status).toBe(404);
  });
});

describe('an override of an indicator', () => {
  test('judges its open alerts again, and is named in their activity', async () => {
    const open = await insertAlert(api.database, { malice: 'Pending' });
    const closed = await insertAlert(api.database, { status: 'Closed' });
    const uuid = await insertIndicator('domain', 'judged.example.org', [open, closed]);
    const path = `/v1/indicators/${uuid}`;
    await api.call('PATCH', path, { body: { malice_override: 'Malicious' } });
    await api.call('PATCH', path, { body: { malice_override: 'Malicious' } });
    const malices = await api.database.prisma.alert.findMany({
      where: { id: { in: [open, closed] } },
      orderBy: { id: 'asc' },
    });
    expect(malices.map(({ malice }) => malice)).toEqual(['Malicious', 'Pending']);
    const activity = await api.call('GET', `/v1/alerts/${open}/activity`);
    expect(activity.body.data).toEqual([
      expect.objectContaining({
        kind: 'indicator_overridden',
        detail: {
          indicator: { uuid, type: 'domain', value: 'judged.example.org' },
          malice_override: { from: null, to: 'Malicious' },
          malice: { from: 'Pending', to: 'Malicious' },
        },
      }),
    ]);
    await api.call('PATCH', path, { body: { malice_override: null } });
    expect((await api.call('GET', `/v1/alerts/${open}`)).body.data).toMatchObject({
      malice: 'Suspicious',
    });
  });
});

describe('POST /v1/enrichments', () => {
  const ask = async (body: unknown) => await api.call('POST', '/v1/enrichments', { body });

  test('asks the enricher and passes its answer on', async () => {
    const answer: IndicatorLookupAnswer = {
      type: 'ip',
      value: '185.220.101.1',
      classification: 'public',
      is_malformed: false,
      malice: 'Pending',
      malice_reasons: [],
      enrichment_results: {},
    };
    const responder = await api.transport.respond(REQUESTS.lookUpIndicator, async () => answer);
    const { status, body } = await ask({ type: 'ip', value: '185.220.101[.]1' });
    await responder.drain();
    expect([status, body.data]).toEqual([200, answer]);
  });

  test.each([
    [{ type: 'mac', value: 'x' }, ['/type']],
    [{}, ['/type', '/value']],
    [{ type: 'ip' }, ['/value']],
    [{ type: 'ip', value: '192.0.2.1', items: [{}] }, ['/type', '/value']],
    [{ type: 'ip', value: '192.0.2.1', provider: 'virustotal' }, ['/provider']],
    [{ items: [] }, ['/items']],
    [{ items: Array.from({ length: MAX_LOOKUP_ITEMS + 1 }, () => ({})) }, ['/items']],
  ])('refuses %j', async (request, pointers) => {
    const { status, body } = await ask(request);
    expect(status).toBe(422);
    expect(body['errors']).toMatchObject(pointers.map((pointer) => ({ pointer })));
  });

  test('answers several values in order, each by a result or a problem of its own', async () => {
    const responder = await api.transport.respond(
      REQUESTS.lookUpIndicator,
      async ({ type, value, providers }) => {
        if (providers?.includes('nobody'))
          throw new AppError('request.invalid', 'No provider has this name.', {
            issues: [{ pointer: '/providers/0', message: 'known are sightings' }],
          });
        return {
          type,
          value,
          classification: 'public' as const,
          is_malformed: false,
          malice: 'Pending' as const,
          malice_reasons: [],
          enrichment_results: {},
        };
      },
    );
    const items = [
      { type: 'ip', value: '185.220.101.1' },
      { type: 'mac', value: 'x' },
      { type: 'domain', value: 'example.org', providers: ['nobody'] },
      { type: 'domain', value: 'example.org', bypass_cache: true },
    ];
    const { status, body } = await ask({ items });
    await responder.drain();
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      results: [
        { value: '185.220.101.1' },
        { status: 422, code: 'request.invalid', errors: [{ pointer: '/items/1/type' }] },
        { status: 422, errors: [{ pointer: '/items/2/providers/0' }] },
        { value: 'example.org' },
      ],
    });
  });

  test('answers 503 for the items that no enricher takes', async () => {
    const { status, body } = await ask({ items: [{ type: 'ip', value: '185.220.101.1' }] });
    expect([status, body.data]).toMatchObject([
      200,
      { results: [{ code: 'service.unavailable' }] },
    ]);
  });
});

describe('/v1/indicator-mappings', () => {
  const MAPPING = {
    source_name: 'splunk',
    path: 'result.hosts[*].ip',
    indicator_type: 'ip',
    role: 'destination',
  };

  test('creates, changes and deletes custom mappings', async () => {
    const { status, body } = await api.call('POST', '/v1/indicator-mappings', { body: MAPPING });
    expect(status).toBe(201);
    expect(body.data).toMatchObject({ ...MAPPING, pass: 'custom', is_active: true });
    const path = `/v1/indicator-mappings/${(body.data as { uuid: string }).uuid}`;
    const changed = await api.call('PATCH', path, { body: { path: 'result.ip' } });
    expect(changed.body.data).toMatchObject({ ...MAPPING, path: 'result.ip' });
    expect((await api.call('DELETE', path)).status).toBe(204);
  });

  test('shows the system mappings, which can be switched off but not changed or deleted', async () => {
    const { body } = await api.call('GET', '/v1/indicator-mappings?page_size=500');
    const system = (body.data as { uuid: string; pass: string }[]).filter(
      ({ pass }) => pass === 'system',
    );
    expect(system).toHaveLength(14);
    const path = `/v1/indicator-mappings/${system[0]?.uuid ?? ''}`;
    expect((await api.call('PATCH', path, { body: { path: 'x' } })).status).toBe(409);
    expect((await api.call('DELETE', path)).status).toBe(404);
    const off = await api.call('PATCH', path, { body: { is_active: false } });
    expect(off.body.data).toMatchObject({ is_active: false });
    await api.call('PATCH', path, { body: { is_active: true } });
  });

  describe('are bounded in number:', () => {
    const addActive = async (count: number, sourceName: string | null) =>
      await api.database.query(
        `INSERT INTO indicator_mappings (id, pass, source_name, path, indicator_type)
         SELECT gen_random_uuid(), 'custom', $2, 'bulk.' || n, 'ip' FROM generate_series(1, $1) n`,
        [count, sourceName],
      );
    const create = async (source_name: string | null, more = {}) => {
      const body = { path: newUuid(), indicator_type: 'ip', source_name, ...more };
      return await api.call('POST', '/v1/indicator-mappings', { body });
    };
    const patch = async (uuid: string, body: unknown) =>
      (await api.call('PATCH', `/v1/indicator-mappings/${uuid}`, { body })).status;
    const uuidOf = ({ body }: Awaited<ReturnType<typeof create>>) =>
      (body.data as { uuid: string }).uuid;
    afterEach(async () => {
      await api.database.prisma.indicatorMapping.deleteMany({ where: { pass: 'custom' } });
    });

    test('active ones of a source, those for every source included', async () => {
      await addActive(MAX_MAPPINGS_PER_SOURCE - 50, 'okta');
      await addActive(49, null);
      expect((await create('okta')).status).toBe(201);
      const { status, body } = await create('okta');
      expect([status, body['code']]).toEqual([409, 'resource.conflict']);
      expect(body['detail']).toBe(
        'okta has 200 active mappings at most, those for every source included.',
      );
      // A mapping for every source also counts towards the limit of this one.
      expect((await create(null)).body['detail']).toMatch(/^A source has 200 active mappings/);
      expect((await create('splunk')).status).toBe(201);
      expect((await create('okta', { is_active: false })).status).toBe(201);
    });

    test('also where one is switched on or given to another source', async () => {
      await addActive(MAX_MAPPINGS_PER_SOURCE - 1, 'okta');
      const off = uuidOf(await create('okta', { is_active: false }));
      const other = uuidOf(await create('splunk'));
      expect(await patch(off, { is_active: true })).toBe(200);
      expect(await patch(other, { source_name: 'okta' })).toBe(409);
      expect(await patch(other, { source_name: null })).toBe(409);
      expect(await patch(off, { path: 'another' })).toBe(200);
      expect(await patch(off, { is_active: false })).toBe(200);
      expect(await patch(other, { source_name: 'okta' })).toBe(200);
      expect(await patch(off, { is_active: true })).toBe(409);
    });

    test('one place left is taken once', async () => {
      await addActive(MAX_MAPPINGS_PER_SOURCE - 1, 'okta');
      const created = await Promise.all(
        Array.from({ length: 4 }, async () => await create('okta')),
      );
      expect(created.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    });

    test('custom ones of all sources', async () => {
      for (let source = 0; source < MAX_MAPPINGS / MAX_MAPPINGS_PER_SOURCE; source += 1) {
        const isLast = source === MAX_MAPPINGS / MAX_MAPPINGS_PER_SOURCE - 1;
        await addActive(MAX_MAPPINGS_PER_SOURCE - (isLast ? 1 : 0), `bulk-${source}`);
      }
      expect((await create('okta', { is_active: false })).status).toBe(201);
      const { status, body } = await create('okta', { is_active: false });
      expect([status, body['detail']]).toEqual([409, 'There are 10000 custom mappings at most.']);
    });
  });

  test('a mapping exists once', async () => {
    const body = { ...MAPPING, path: 'once' };
    expect((await api.call('POST', '/v1/indicator-mappings', { body })).status).toBe(201);
    expect((await api.call('POST', '/v1/indicator-mappings', { body })).status).toBe(409);
  });
});

describe('POST /v1/alerts/{uuid}/enrich', () => {
  test('hands the request on in the name of the key, and answers with the alert', async () => {
    const uuid = await insertAlert(api.database);
    const asked: unknown[] = [];
    const responder = await api.transport.respond(REQUESTS.enrichAlert, async (request) => {
      asked.push(request);
      return await Promise.resolve({ is_changed: true });
    });
    const path = `/v1/alerts/${uuid}/enrich`;
    const first = await api.call('POST', path);
    const second = await api.call('POST', path, {
      body: { providers: ['virustotal'], bypass_cache: true },
    });
    const unfit = await api.call('POST', path, { body: { provider: 'virustotal' } });
    await responder.drain();
    expect([first.status, second.status, unfit.status]).toEqual([202, 202, 422]);
    expect(first.body.data).toMatchObject({ uuid, is_enrichment_changed: true });
    expect(asked).toEqual([
      { alert_id: uuid, actor: expect.any(String) },
      {
        alert_id: uuid,
        actor: expect.any(String),
        providers: ['virustotal'],
        bypass_cache: true,
      },
    ]);
  });
});
