import {
  AppError,
  REQUESTS,
  type DryRunAnswer,
  MAPPED_FIELDS,
  MAX_DEDUP_WINDOW_SECONDS,
  MAX_HMAC_SECRETS,
  MAX_MATCHES_PER_PATH,
  MAX_TRIED_PAYLOAD_BYTES,
  newUuid,
  parseApiKey,
  type ReparseAnswer,
} from '@calseta/common';
import { MAPPING_NOTES } from '@calseta/indicators';
import { createApiKeyStore, createSourceStore, createSubscriptionStore } from '@calseta/database';
import { cipherOf, encryptionConfig, loadConfig } from '@calseta/platform';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
/** The answer of ingest-api, and the request that it gets. */
let dryRun: DryRunAnswer = { alerts: [], alert_count: 0 };
const asked: unknown[] = [];
let reparse: () => Promise<ReparseAnswer> = async () =>
  await Promise.reject(new Error('not asked'));
beforeAll(async () => {
  api = await startAlertsApi();
  await api.transport.respond(REQUESTS.tryPayload, async (body) => {
    asked.push(body);
    return await Promise.resolve(dryRun);
  });
  await api.transport.respond(REQUESTS.reparseAlert, async (body) => {
    asked.push(body);
    return await reparse();
  });
});
afterAll(async () => await api[Symbol.asyncDispose]());

const field_mapping = { items: 'events', fields: { title: ['name', 'what'], src_ip: 'ip' } };

describe('/v1/sources', () => {
  test('lists the built-in sources by name, page by page', async () => {
    const first = await api.call('GET', '/v1/sources?page_size=2&include_total=true');
    expect(first.body.data).toMatchObject([{ name: 'alertmanager' }, { name: 'aws_guardduty' }]);
    expect(first.body.meta['total']).toBeGreaterThanOrEqual(12);
    const cursor = String(first.body.meta['next_cursor']);
    const second = await api.call('GET', `/v1/sources?page_size=1&cursor=${cursor}`);
    expect(second.body.data).toMatchObject([{ name: 'crowdstrike' }]);
  });

  test('tells whether alerts arrive, and what was wrong with the last bad one', async () => {
    const fresh = await api.call('GET', '/v1/sources/sentinel');
    expect(fresh.body.data).toMatchObject({
      name: 'sentinel',
      plugin: 'sentinel',
      is_active: true,
      is_signature_required: false,
      dedup_window_seconds: 86_400,
      rate_limit_per_minute: null,
      accepted_count: 0,
      rejected_count: 0,
      unread_severity_count: 0,
    });
    expect(fresh.body.data).toHaveProperty('quarantined_count', 0);
    expect(fresh.body.data).not.toHaveProperty('last_rejected');
    await createSourceStore(api.database).addTraffic([
      {
        sourceName: 'sentinel',
        accepted: 3,
        rejected: 1,
        unreadSeverity: 2,
        quarantined: 1,
        lastQuarantinedAt: new Date('2025-06-01T00:00:00Z'),
        lastQuarantinedReason: 'No incident was found.',
        lastSeenAt: new Date('2025-06-01T00:00:00Z'),
        lastRejectedReason: 'request.malformed: The body is not valid JSON.',
      },
    ]);
    const { body } = await api.call('GET', '/v1/sources/sentinel');
    expect(body.data).toMatchObject({
      quarantined_count: 1,
      last_quarantined_at: '2025-06-01T00:00:00Z',
      last_quarantined_reason: 'No incident was found.',
      accepted_count: 3,
      rejected_count: 1,
      unread_severity_count: 2,
      last_seen_at: '2025-06-01T00:00:00Z',
      last_rejected: {
        at: '2025-06-01T00:00:00Z',
        reason: 'request.malformed: The body is not valid JSON.',
      },
    });
    expect((await api.call('GET', '/v1/sources/nobody')).status).toBe(404);
  });

  test('changes what may be changed, within bounds', async () => {
    const changes = { dedup_window_seconds: 60, rate_limit_per_minute: 600, is_active: false };
    const changed = await api.call('PATCH', '/v1/sources/elastic', { body: changes });
    expect(changed.status).toBe(200);
    expect(changed.body.data).toMatchObject(changes);
    const patch = async (body: unknown) =>
      (await api.call('PATCH', '/v1/sources/elastic', { body })).status;
    expect(await patch({ rate_limit_per_minute: null, is_active: true })).toBe(200);
    expect(await patch({ dedup_window_seconds: MAX_DEDUP_WINDOW_SECONDS })).toBe(200);
    expect(await patch({ dedup_window_seconds: MAX_DEDUP_WINDOW_SECONDS + 1 })).toBe(422);
    expect(
      await patch({ dedup_window_seconds: 0, on_update: 'follow', on_resolved: 'close' }),
    ).toBe(200);
    expect(await patch({ dedup_window_seconds: -1 })).toBe(422);
    expect(await patch({ on_update: 'lower' })).toBe(422);
    expect(await patch({ rate_limit_per_minute: 0 })).toBe(422);
    expect(await patch({ plugin: 'splunk' })).toBe(422);
  });

  test('is changed by one of two who saw the same version; what arrives makes no version', async () => {
    const etag = async () =>
      (await api.call('GET', '/v1/sources/wazuh')).headers.get('etag') ?? 'none';
    const seen = await etag();
    await createSourceStore(api.database).addTraffic([
      {
        sourceName: 'wazuh',
        accepted: 1,
        rejected: 0,
        unreadSeverity: 0,
        quarantined: 0,
        lastSeenAt: new Date(),
      },
    ]);
    expect(await etag()).toBe(seen);
    const patch = async (rate: number, ifMatch: string) =>
      await api.call('PATCH', '/v1/sources/wazuh', {
        body: { rate_limit_per_minute: rate },
        headers: { 'if-match': ifMatch },
      });
    const answers = await Promise.all([patch(1, seen), patch(2, seen)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    const written = answers.find(({ status }) => status === 200)?.headers.get('etag');
    expect(written).toBe(await etag());
    expect((await patch(3, await etag())).status).toBe(200);
  });

  test('adds a field mapping to a built-in source, and takes it away', async () => {
    const patch = async (name: string, body: unknown) =>
      await api.call('PATCH', `/v1/sources/${name}`, { body });
    const addition = { severity_map: { spicy: 'High' } };
    expect((await patch('elastic', { field_mapping: addition })).body.data).toMatchObject({
      field_mapping: addition,
    });
    expect((await api.call('GET', '/v1/sources/elastic')).body.data).toMatchObject({
      field_mapping: addition,
    });
    expect((await patch('elastic', { field_mapping: {} })).status).toBe(422);
    expect((await patch('elastic', { field_mapping: null })).body.data).not.toHaveProperty(
      'field_mapping',
    );
  });

  test('leaves no custom source without fields to read', async () => {
    const create = async (mapping: unknown) =>
      await api.call('POST', '/v1/sources', { body: { name: 'lifts', field_mapping: mapping } });
    expect((await create({ severity_map: { P1: 'High' } })).status).toBe(422);
    expect((await create(field_mapping)).status).toBe(201);
    for (const mapping of [null, { severity_map: { P1: 'High' } }]) {
      const { status, body } = await api.call('PATCH', '/v1/sources/lifts', {
        body: { field_mapping: mapping },
      });
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ pointer: '/field_mapping/fields' }] });
    }
  });

  test('makes, changes and deletes custom sources, and those only', async () => {
    const created = await api.call('POST', '/v1/sources', {
      body: { name: 'doors', field_mapping },
    });
    expect(created.status).toBe(201);
    expect(created.body.data).toMatchObject({ name: 'doors', plugin: 'custom', field_mapping });
    const again = await api.call('POST', '/v1/sources', { body: { name: 'doors', field_mapping } });
    expect(again.status).toBe(409);
    const mapping = { fields: { title: 'headline' }, severity_map: { P1: 'Critical' } };
    const changed = await api.call('PATCH', '/v1/sources/doors', {
      body: { field_mapping: mapping },
    });
    expect(changed.body.data).toMatchObject({ field_mapping: mapping });

    const token = await api.call('POST', '/v1/sources/doors/url-tokens');
    const { id } = token.body.data as { id: string };
    expect((await api.call('DELETE', '/v1/sources/doors')).status).toBe(204);
    expect((await createApiKeyStore(api.database).get(id))?.revoked_at).toBeDefined();
    expect((await api.call('DELETE', '/v1/sources/doors')).status).toBe(404);
    expect((await api.call('DELETE', '/v1/sources/generic')).status).toBe(409);
  });

  test.each([
    ['an unknown field', { fields: { titel: 'x' } }],
    ['no field', { fields: {} }],
    ['a path that is too long', { fields: { title: 'x'.repeat(501) } }],
    ['too many fallbacks', { fields: { title: Array.from({ length: 11 }, () => 'x') } }],
    [
      'more than 100 paths in all',
      {
        fields: Object.fromEntries([
          ...[...MAPPED_FIELDS.slice(0, 10)].map((field) => [
            field,
            Array.from({ length: 10 }, () => 'x'),
          ]),
          [MAPPED_FIELDS[10], 'x'],
        ]),
      },
    ],
    ['an unknown severity', { fields: { title: 'x' }, severity_map: { p1: 'Urgent' } }],
    [
      'too many severity words',
      {
        fields: { title: 'x' },
        severity_map: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`w${i}`, 'Low'])),
      },
    ],
  ])('refuses a mapping with %s', async (_, mapping) => {
    const body = { name: 'wrong', field_mapping: mapping };
    expect((await api.call('POST', '/v1/sources', { body })).status).toBe(422);
  });

  test('can be read with alerts:read, and changed by admins alone', async () => {
    const { key } = await createApiKeyStore(api.database).create(
      {
        name: 'reader',
        key_type: 'agent',
        scopes: ['alerts:read', 'alerts:write', 'config:write'],
        allowed_sources: null,
      },
      { createdBy: 'system' },
    );
    const status = async (method: string, path: string, body?: unknown) =>
      (await api.call(method, path, { key, body })).status;
    expect(await status('GET', '/v1/sources')).toBe(200);
    expect(await status('PATCH', '/v1/sources/okta', { is_active: false })).toBe(403);
    expect(await status('POST', '/v1/sources', { name: 'mine', field_mapping })).toBe(403);
    const draft = { field_mapping, payload: {} };
    expect(await status('POST', '/v1/sources/test', draft)).toBe(403);
    const tried = { source_name: 'okta', payload: {} };
    expect(await status('POST', '/v1/sources/test', tried)).toBe(200);
    expect(await status('POST', '/v1/sources/okta/url-tokens')).toBe(403);
    expect(await status('POST', '/v1/sources/okta/hmac-secrets')).toBe(403);
  });
});

describe('URL tokens', () => {
  test('are shown once, can only ingest for their source, and are listed and revoked', async () => {
    const { status, body } = await api.call('POST', '/v1/sources/splunk/url-tokens', {
      body: { name: 'search head 1' },
    });
    expect(status).toBe(201);
    const made = body.data as { id: string; token: string; url_path: string };
    expect(made.url_path).toBe(`/v1/ingest/splunk/${made.token}`);
    expect(parseApiKey(made.token)?.id).toBe(made.id);
    const live = await createApiKeyStore(api.database).readLive(undefined);
    expect(live?.keys.find(({ id }) => id === made.id)).toMatchObject({
      scopes: ['alerts:ingest'],
      urlTokenSource: 'splunk',
      allowedSources: ['splunk'],
    });
    const listed = await api.call('GET', '/v1/sources/splunk/url-tokens?include_total=true');
    expect(listed.body.data).toMatchObject([{ id: made.id, name: 'search head 1' }]);
    expect(listed.body.meta['total']).toBe(1);
    expect(JSON.stringify(listed.body)).not.toContain(made.token);
    expect((await api.call('GET', '/v1/sources/okta/url-tokens')).body.data).toEqual([]);

    const remove = async (source: string) =>
      (await api.call('DELETE', `/v1/sources/${source}/url-tokens/${made.id}`)).status;
    expect(await remove('okta')).toBe(404);
    expect(await remove('splunk')).toBe(204);
    const after = await api.call('GET', '/v1/sources/splunk/url-tokens');
    expect(after.body.data).toMatchObject([{ revoked_at: expect.any(String) }]);
    expect((await api.call('POST', '/v1/sources/nobody/url-tokens')).status).toBe(404);
  });
});

describe('HMAC secrets', () => {
  const path = '/v1/sources/wazuh/hmac-secrets';

  test('are made or given, stored encrypted, and never shown again', async () => {
    const made = (await api.call('POST', path)).body.data as { id: string; secret: string };
    expect(made.secret).toMatch(/^whsec_/);
    const given = await api.call('POST', path, { body: { secret: 'given-by-the-sender' } });
    expect(given.status).toBe(201);
    expect(given.body.data).not.toHaveProperty('secret');
    const { body } = await api.call('GET', '/v1/sources/wazuh');
    expect(body.data).toMatchObject({
      is_signature_required: true,
      hmac_secrets: [{ id: made.id }, { id: expect.any(String) }],
    });
    expect(JSON.stringify(body)).not.toContain('v1:');
    const stored = (await createSourceStore(api.database).listForIngest()).find(
      ({ name }) => name === 'wazuh',
    );
    const cipher = cipherOf(loadConfig(encryptionConfig, {}));
    expect(stored?.hmacSecrets.map((secret) => cipher.decrypt(secret))).toEqual([
      made.secret,
      'given-by-the-sender',
    ]);

    expect((await api.call('DELETE', `${path}/${made.id}`)).status).toBe(204);
    expect((await api.call('DELETE', `${path}/${made.id}`)).status).toBe(404);
    expect((await api.call('POST', path, { body: { secret: 'short' } })).status).toBe(422);
    expect((await api.call('POST', '/v1/sources/nobody/hmac-secrets')).status).toBe(404);
  });

  test(`are ${MAX_HMAC_SECRETS} at most, also when added at once`, async () => {
    const answers = await Promise.all(
      Array.from(
        { length: MAX_HMAC_SECRETS + 2 },
        async () => (await api.call('POST', '/v1/sources/crowdstrike/hmac-secrets')).status,
      ),
    );
    expect(answers.filter((status) => status === 201)).toHaveLength(MAX_HMAC_SECRETS);
    expect(answers.filter((status) => status === 409)).toHaveLength(2);
  });
});

describe('POST /v1/sources/test', () => {
  const tryOut = async (body: unknown) => await api.call('POST', '/v1/sources/test', { body });

  test('asks ingest-api and shows what it read', async () => {
    dryRun = {
      alerts: [{ reading: { outcome: 'readable', title: 'Seen' }, payload: { own: 1 } }],
      alert_count: 3,
    };
    const request = { source_name: 'generic', payload: [{ title: 'Seen' }] };
    const { status, body } = await tryOut(request);
    expect(status).toBe(200);
    expect(body.data).toEqual({ alerts: [{ outcome: 'readable', title: 'Seen' }], alert_count: 3 });
    expect(asked.at(-1)).toEqual(request);
  });

  test('takes a source, a draft, or a draft for a source', async () => {
    expect((await tryOut({ payload: {} })).status).toBe(422);
    const both = { source_name: 'generic', field_mapping, payload: {} };
    expect((await tryOut(both)).status).toBe(200);
    expect((await tryOut({ field_mapping, payload: {} })).status).toBe(200);
  });

  test('takes payloads up to its limit, and not a byte more', async () => {
    const payload = (bytes: number) => 'x'.repeat(bytes - 2);
    const send = async (bytes: number) =>
      (await tryOut({ source_name: 'generic', payload: payload(bytes) })).status;
    expect(await send(MAX_TRIED_PAYLOAD_BYTES)).toBe(200);
    expect(await send(MAX_TRIED_PAYLOAD_BYTES + 1)).toBe(413);
  });
});

describe('POST /v1/indicator-mappings/test', () => {
  test('shows what each pass finds and where, drafts included, and stores nothing', async () => {
    dryRun = {
      alerts: [
        {
          reading: {
            outcome: 'readable',
            title: 'Beacon',
            description: 'seen calling hxxp://bad-cdn[.]com/x',
            fields: { src_ip: '203.0.113.9' },
            indicators: [{ type: 'ip', value: '198.51.100.7', pointer: '/stated' }],
          },
        },
        { reading: { outcome: 'refused', reason: 'no title' } },
      ],
      alert_count: 2,
    };
    const before = await api.database.prisma.indicator.count();
    const { status, body } = await api.call('POST', '/v1/indicator-mappings/test', {
      body: {
        source_name: 'generic',
        payload: {
          stated: '198.51.100.7',
          deep: { list: [{ peer: 'evil.example.org' }] },
          note: 'x',
        },
        mappings: [
          { path: 'deep.list[*].peer', indicator_type: 'domain', role: 'destination' },
          { path: 'note', indicator_type: 'domain', source_name: 'okta' },
        ],
      },
    });
    expect(status).toBe(200);
    const { alerts } = body.data as { alerts: Record<string, never>[] };
    expect(alerts[0]?.['passes']).toMatchObject({
      explicit: [{ type: 'ip', value: '198.51.100.7', provenance: [{ pointer: '/stated' }] }],
      system: [
        {
          value: '203.0.113.9',
          role: 'source',
          classification: 'documentation',
          provenance: [{ pass: 'system', pointer: '#/normalized/src_ip' }],
        },
      ],
      custom: [
        {
          type: 'domain',
          value: 'evil.example.org',
          role: 'destination',
          provenance: [{ pointer: '/deep/list/0/peer', mapping_id: 'draft-1' }],
        },
      ],
      text: expect.arrayContaining([
        expect.objectContaining({ type: 'url', value: 'http://bad-cdn.com/x' }),
      ]),
    });
    expect(alerts[1]).toMatchObject({ reading: { outcome: 'refused' }, indicators: [] });
    expect(await api.database.prisma.indicator.count()).toBe(before);
  });

  test('tells what the limits of the mappings left unread', async () => {
    const list = Array.from({ length: MAX_MATCHES_PER_PATH + 1 }, () => 'svc-backup');
    dryRun = { alerts: [{ reading: { outcome: 'readable', title: 't' } }], alert_count: 1 };
    const { body } = await api.call('POST', '/v1/indicator-mappings/test', {
      body: {
        source_name: 'generic',
        payload: { list },
        mappings: [{ path: 'list[*]', indicator_type: 'account' }],
      },
    });
    const { alerts } = body.data as { alerts: { notes: string[] }[] };
    expect(alerts[0]?.notes).toEqual([MAPPING_NOTES.matches]);
  });

  test('runs the stored active mappings of the source, over the alert’s own part of an envelope', async () => {
    const path = 'inner.addr';
    const mapping = { path, indicator_type: 'ip', source_name: 'generic' };
    const stored = await api.call('POST', '/v1/indicator-mappings', { body: mapping });
    const { uuid } = stored.body.data as { uuid: string };
    dryRun = {
      alerts: [
        { reading: { outcome: 'readable', title: 't' }, payload: { inner: { addr: '8.8.4.4' } } },
      ],
      alert_count: 1,
    };
    const custom = async () => {
      const { body } = await api.call('POST', '/v1/indicator-mappings/test', {
        body: { source_name: 'generic', payload: { results: [] } },
      });
      return (body.data as { alerts: { passes: { custom: unknown[] } }[] }).alerts[0]?.passes
        .custom;
    };
    expect(await custom()).toMatchObject([
      { value: '8.8.4.4', provenance: [{ mapping_id: uuid }] },
    ]);
    await api.call('PATCH', `/v1/indicator-mappings/${uuid}`, { body: { is_active: false } });
    await eventually(async () => expect(await custom()).toEqual([]), { timeoutMs: 2_000 });
  });
});

describe('POST /v1/sources/{name}/subscriptions/{id}/confirm', () => {
  const url = 'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t';
  const store = () => createSubscriptionStore(api.database);
  const requested = async (subscribe_url: string, topic_arn = 'arn:aws:sns:us-east-1:1:gd') =>
    await store().request(
      'aws_guardduty',
      { type: 'SubscriptionConfirmation', topic_arn, subscribe_url },
      new Date('2026-01-01T00:00:00Z'),
    );
  const confirm = async (id: string | undefined, source = 'aws_guardduty') =>
    await api.call('POST', `/v1/sources/${source}/subscriptions/${id ?? ''}/confirm`);

  test('asks the dispatcher, and lists what became of it', async () => {
    const asked: unknown[] = [];
    let answer: { is_confirmed: boolean; error?: string } = {
      is_confirmed: false,
      error: 'Amazon SNS answered 403.',
    };
    await api.transport.respond(REQUESTS.confirmSubscription, async (request) => {
      asked.push(request);
      return await Promise.resolve(answer);
    });
    const id = await requested(url);
    const refused = await confirm(id);
    expect(refused).toMatchObject({ status: 409, body: { code: 'resource.conflict' } });
    const { body } = await api.call('GET', '/v1/sources/aws_guardduty');
    expect(body.data).toMatchObject({
      subscriptions: [{ id, subscribe_url: url, last_error: 'Amazon SNS answered 403.' }],
    });

    answer = { is_confirmed: true };
    const confirmed = await confirm(id);
    expect(confirmed.status).toBe(200);
    expect(confirmed.body.data).toMatchObject({ id, confirmed_at: expect.any(String) });
    expect(confirmed.body.data).not.toHaveProperty('last_error');
    expect(asked).toEqual(
      Array.from({ length: 2 }, () => ({
        topic_arn: 'arn:aws:sns:us-east-1:1:gd',
        subscribe_url: url,
      })),
    );
    expect((await confirm(id, 'okta')).status).toBe(404);
    expect((await confirm(newUuid())).status).toBe(404);
  });

  test('refuses a URL that is not Amazon’s, before anything is asked', async () => {
    const id = await requested('https://sns.us-east-1.amazonaws.com.evil.example/', 'arn:evil');
    expect(await confirm(id)).toMatchObject({ status: 422, body: { code: 'url.not_allowed' } });
  });
});

describe('POST /v1/sources/{name}/reparse', () => {
  test('asks ingest-api, from where the last answer ended', async () => {
    const asked: unknown[] = [];
    const cursor = newUuid();
    const answer = {
      reparsed_count: 3,
      further_count: 1,
      quarantined_count: 2,
      next_cursor: cursor,
    };
    await api.transport.respond(REQUESTS.reparseSource, async (request) => {
      asked.push(request);
      return await Promise.resolve(answer);
    });
    const first = await api.call('POST', '/v1/sources/okta/reparse');
    expect(first).toMatchObject({ status: 200, body: { data: answer } });
    await api.call('POST', '/v1/sources/okta/reparse', { body: { limit: 7, cursor } });
    expect(asked).toMatchObject([
      { source_name: 'okta', limit: 100 },
      { source_name: 'okta', limit: 7, after: cursor },
    ]);
    expect((await api.call('POST', '/v1/sources/nobody/reparse')).status).toBe(404);
    expect(
      (await api.call('POST', '/v1/sources/okta/reparse', { body: { limit: 501 } })).status,
    ).toBe(422);
  });
});

describe('POST /v1/alerts/{uuid}/reparse', () => {
  test('asks ingest-api on behalf of the caller, and answers with the alert', async () => {
    const uuid = await insertAlert(api.database, { stage: 'ingested', title: 'Readable by now' });
    const other = await insertAlert(api.database);
    reparse = async () => await Promise.resolve({ alert_id: uuid, further_alert_ids: [other] });
    const { status, body } = await api.call('POST', `/v1/alerts/${uuid}/reparse`);
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ uuid, further_alert_uuids: [other] });
    expect(asked.at(-1)).toEqual({ alert_id: uuid, actor: expect.any(String) });
  });

  test('says why the payload is still not readable', async () => {
    const uuid = await insertAlert(api.database, { stage: 'quarantined' });
    reparse = async () =>
      await Promise.reject(new AppError('resource.conflict', 'No event type was found.'));
    const { status, body } = await api.call('POST', `/v1/alerts/${uuid}/reparse`);
    expect(status).toBe(409);
    expect(body['detail']).toBe('No event type was found.');
  });
});
