import { REQUESTS, newUuid } from '@calseta/common';
import { RESOLVER_LIMITS } from '@calseta/platform';
import { type DnsReply, eventually, startDnsServer, TEST_TLS } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

const AGENT = {
  name: 'My Investigation Agent',
  webhook_url: 'http://127.0.0.1:9000/webhook',
  auth_header: 'Bearer your-agent-secret',
  trigger_filter: { min_severity: 'High', source_names: ['sentinel', 'elastic'] },
};

const create = async (body: object = AGENT) => await api.call('POST', '/v1/agents', { body });
type Created = { uuid: string; signing_secret: string };
const patch = async (uuid: string, body: object, headers = {}) =>
  await api.call('PATCH', `/v1/agents/${uuid}`, { body, headers });
const rowOf = async (id: string) =>
  await api.database.prisma.agent.findUniqueOrThrow({ where: { id } });

const headersOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'v']));

describe('POST /v1/agents', () => {
  test('registers the documented request and shows the signing secret once', async () => {
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      name: AGENT.name,
      webhook_url: AGENT.webhook_url,
      trigger_filter: AGENT.trigger_filter,
      is_active: true,
      has_auth_header: true,
      signing_secret: expect.stringMatching(/^whsec_/),
    });
    const { uuid } = body.data as Created;
    const read = await api.call('GET', `/v1/agents/${uuid}`);
    expect(read.body.data).not.toHaveProperty('signing_secret');
    expect(JSON.stringify(read.body)).not.toContain('your-agent-secret');
  });

  test('keeps its secrets encrypted', async () => {
    const { body } = await create();
    const { uuid, signing_secret: secret } = body.data as Created;
    const row = await api.database.prisma.agent.findUniqueOrThrow({ where: { id: uuid } });
    expect(JSON.stringify(row)).not.toContain('your-agent-secret');
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row.authHeaderEncrypted).toMatch(/^v1:/);
  });

  test.each([
    ['a private address', { webhook_url: 'http://10.0.0.1/hook' }, 'url.not_allowed'],
    ['the metadata service', { webhook_url: 'http://169.254.169.254/latest' }, 'url.not_allowed'],
    ['another scheme', { webhook_url: 'ftp://example.com/x' }, 'request.invalid'],
    ['a header that breaks lines', { auth_header: 'a\r\nX-Evil: 1' }, 'request.invalid'],
    ['an unknown severity', { trigger_filter: { min_severity: 'urgent' } }, 'request.invalid'],
    ['an unknown filter', { trigger_filter: { colour: 'red' } }, 'request.invalid'],
    ['an unknown field', { webhook: 'x' }, 'request.invalid'],
    ['a time-out beyond the limit', { timeout_seconds: 61 }, 'request.invalid'],
    ['an unknown mode', { mode: 'ghost' }, 'request.invalid'],
    ...[
      'Host',
      'content-type',
      'Content-Length',
      'connection',
      'Transfer-Encoding',
      'Authorization',
      'webhook-id',
      'traceparent',
      'a b',
      '',
    ].map((name): [string, object, string] => [
      `the header "${name}"`,
      { headers: { [name]: 'x' } },
      'request.invalid',
    ]),
    ['a value that breaks lines', { headers: { 'x-a': 'b\nc' } }, 'request.invalid'],
    ['21 headers', { headers: headersOf(21) }, 'request.invalid'],
    ['8,193 bytes of headers', { headers: { 'x-a': 'v'.repeat(8_190) } }, 'request.invalid'],
  ])('refuses %s', async (_, change, code) => {
    const { status, body } = await create({ ...AGENT, ...change });
    expect([status, body['code']]).toEqual([422, code]);
  });

  test.each([
    ['http://10.0.0.1/hook', /CALSETA_EGRESS_ALLOW can allow its network\.$/],
    ['https://user:pass@203.0.113.9/hook', /an agent gets them as its `auth_header`\.$/],
  ])('refuses %s with the way out', async (url, wayOut) => {
    const { status, body } = await create({ ...AGENT, webhook_url: url });
    expect([status, body['code']]).toEqual([422, 'url.not_allowed']);
    expect(body['detail']).toMatch(wayOut);
    expect(JSON.stringify(body)).not.toContain('user:pass');
  });

  test('warns of sources that there are not, and of an agent that is registered already', async () => {
    const agent = { name: 'Twin', webhook_url: 'http://127.0.0.1:9000/twin' };
    const first = await create({
      ...agent,
      trigger_filter: { source_names: ['Generic', 'sentinnel'], tags: [' c2 '] },
      match: { any: [{ field: 'source_name', op: 'in', value: ['elastic', 'nowhere-at-all'] }] },
    });
    expect(first.status).toBe(201);
    expect(first.body.data).toMatchObject({
      trigger_filter: { source_names: ['generic', 'sentinnel'], tags: ['c2'] },
    });
    expect(first.body.meta).toEqual({
      warnings: [
        {
          pointer: '/trigger_filter/source_names/1',
          message:
            'no source is named `sentinnel`, so no alert matches it; did you mean `sentinel`?',
        },
        {
          pointer: '/match/any/0/value',
          message: 'no source is named `nowhere-at-all`, so no alert matches it',
        },
      ],
    });
    const { uuid } = first.body.data as Created;
    const again = await create({ ...agent, name: 'Other' });
    expect([again.status, again.body.meta]).toEqual([
      201,
      { warnings: [{ pointer: '/webhook_url', message: expect.stringContaining(uuid) }] },
    ]);
    const named = await create({ ...agent, webhook_url: 'http://127.0.0.1:9000/other' });
    expect(named.body.meta).toMatchObject({ warnings: [{ pointer: '/name' }] });
    // An agent is no twin of itself.
    const path = `/v1/agents/${(named.body.data as Created).uuid}`;
    const body = { webhook_url: 'http://127.0.0.1:9000/other' };
    expect((await api.call('PATCH', path, { body })).body.meta).toEqual({});
  });

  test('keeps a rule besides the filter, and says what is wrong with one', async () => {
    const match = { all: [{ field: 'raw_payload.index', op: 'eq', value: 'prod' }] };
    const { body } = await create({ ...AGENT, match });
    expect(body.data).toMatchObject({ match });
    const path = `/v1/agents/${(body.data as Created).uuid}`;
    const dropped = await api.call('PATCH', path, { body: { match: null } });
    expect(dropped.body.data).not.toHaveProperty('match');

    const wrong = {
      any: [
        { field: 'severity', op: 'eq', value: 'High' },
        { all: [{ field: 'title', op: 'like', value: 'x' }] },
      ],
    };
    const refused = await create({ ...AGENT, match: wrong });
    expect(refused.status).toBe(422);
    expect(refused.body['errors']).toEqual([
      { pointer: '/match/any/1/all/0/op', message: expect.stringContaining('one of eq, ne') },
    ]);
  });

  test.each<[string, DnsReply, RegExp]>([
    ['does not exist', { failure: 'NXDOMAIN' }, /^The name agent\.example has no address\.$/],
    ['cannot be learnt', { isSilent: true }, /^DNS does not tell what agent\.example is/],
  ])('takes a URL whose name %s, in bounded time, and says so', async (_, reply, message) => {
    const dns = await startDnsServer();
    dns.respondWith(() => reply);
    const asking = await startAlertsApi({ EGRESS_DNS_SERVERS: dns.address });
    const startedAt = performance.now();
    const warning = { pointer: '/webhook_url', message: expect.stringMatching(message) };
    const urls = { webhook_url: 'https://agent.example/' };
    const made = await asking.call('POST', '/v1/agents', { body: { ...AGENT, ...urls } });
    expect([made.status, made.body.meta]).toEqual([201, { warnings: [warning] }]);
    const { uuid } = made.body.data as Created;
    const path = `/v1/agents/${uuid}`;
    const moved = await asking.call('PATCH', path, { body: { ...urls, auth_header: null } });
    expect([moved.status, moved.body.meta]).toEqual([200, { warnings: [warning] }]);
    expect(performance.now() - startedAt).toBeLessThan(4 * RESOLVER_LIMITS.lookupTimeoutMs);
    await asking[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
  });

  test.each([
    ['limits', { timeout_seconds: 60, max_concurrency: 100 }],
    ['number of headers', { headers: headersOf(20) }],
    ['bytes of headers', { headers: { 'x-a': 'v'.repeat(8_189) } }],
  ])('takes the edges of its %s', async (_, change) => {
    expect((await create({ ...AGENT, ...change })).status).toBe(201);
  });

  test('keeps the values of further headers encrypted and shows their names', async () => {
    const { body } = await create({ ...AGENT, headers: { 'X-Api-Key': 'not-to-be-read' } });
    const { uuid } = body.data as Created;
    expect(body.data).toMatchObject({ header_names: ['x-api-key'] });
    const read = await api.call('GET', `/v1/agents/${uuid}`);
    const row = await api.database.prisma.agent.findUniqueOrThrow({ where: { id: uuid } });
    expect(JSON.stringify([body, read.body, row])).not.toContain('not-to-be-read');
    expect(row.headers).toEqual({ 'x-api-key': expect.stringMatching(/^v1:/) });
    const moved = { webhook_url: 'http://127.0.0.2:9000/webhook', auth_header: null };
    const refused = await api.call('PATCH', `/v1/agents/${uuid}`, { body: moved });
    expect(refused.body).toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: '/headers' }],
    });
    const { status, body: dropped } = await api.call('PATCH', `/v1/agents/${uuid}`, {
      body: { ...moved, headers: {} },
    });
    expect([status, dropped.data]).toMatchObject([200, { header_names: [] }]);
  });

  test('takes an agent that pulls, which gets a new secret with its first URL', async () => {
    const { webhook_url: url, ...puller } = AGENT;
    const { status, body } = await create(puller);
    expect(status).toBe(201);
    expect(body.data).not.toHaveProperty('webhook_url');
    const { uuid, signing_secret: secret } = body.data as Created;
    const changes = { webhook_url: url, auth_header: null };
    const { body: pushed } = await api.call('PATCH', `/v1/agents/${uuid}`, { body: changes });
    expect(pushed.data).toMatchObject({
      webhook_url: url,
      signing_secret: expect.not.stringContaining(secret),
    });
    const { body: pulling } = await api.call('PATCH', `/v1/agents/${uuid}`, {
      body: { webhook_url: null },
    });
    expect(pulling.data).not.toHaveProperty('webhook_url');
    expect(pulling.data).not.toHaveProperty('signing_secret');
  });

  test('a repeated Idempotency-Key answers with the same agent and secret', async () => {
    const headers = { 'idempotency-key': newUuid() };
    const first = await api.call('POST', '/v1/agents', { body: AGENT, headers });
    const again = await api.call('POST', '/v1/agents', { body: AGENT, headers });
    expect(again.body).toEqual(first.body);
    const kept = await api.database.prisma.idempotencyRecord.findMany();
    expect(JSON.stringify(kept)).not.toContain((first.body.data as Created).signing_secret);
  });
});

describe('POST /v1/agents/{uuid}/rotate-secret', () => {
  const rotate = async (uuid: string, body?: object) =>
    await api.call('POST', `/v1/agents/${uuid}/rotate-secret`, { body });

  test('shows a new secret once, and keeps the old one for a day by default', async () => {
    const { uuid, signing_secret: old } = (await create()).body.data as Created;
    const { status, body } = await rotate(uuid);
    const data = body.data as Created & { previous_secret_expires_at: string };
    expect(status).toBe(201);
    expect(data.signing_secret).toMatch(/^whsec_/);
    expect(data.signing_secret).not.toBe(old);
    const overlapMs = Date.parse(data.previous_secret_expires_at) - Date.now();
    expect(overlapMs / 1_000).toBeGreaterThan(86_390);
    expect(overlapMs / 1_000).toBeLessThanOrEqual(86_400);
    const read = await api.call('GET', `/v1/agents/${uuid}`);
    expect(read.body.data).toHaveProperty('previous_secret_expires_at');
    expect(read.text).not.toContain('whsec_');
  });

  test('ends the old secret at once without an overlap', async () => {
    const { uuid } = (await create()).body.data as Created;
    await rotate(uuid);
    const { body } = await rotate(uuid, { overlap_seconds: 0 });
    expect(body.data).not.toHaveProperty('previous_secret_expires_at');
    const row = await api.database.prisma.agent.findUniqueOrThrow({ where: { id: uuid } });
    expect(row.previousSecretEncrypted).toBeNull();
  });

  test('refuses an overlap beyond a week, and an unknown agent', async () => {
    const { uuid } = (await create()).body.data as Created;
    expect((await rotate(uuid, { overlap_seconds: 604_801 })).status).toBe(422);
    expect((await rotate(uuid, { overlap_seconds: 604_800 })).status).toBe(201);
    expect((await rotate(newUuid())).status).toBe(404);
  });
});

describe('/v1/agents/{uuid}', () => {
  test('changes what is given and leaves the rest', async () => {
    const { uuid } = (await create()).body.data as Created;
    const { body } = await api.call('PATCH', `/v1/agents/${uuid}`, {
      body: { is_active: false, auth_header: null },
    });
    expect(body.data).toMatchObject({
      is_active: false,
      has_auth_header: false,
      webhook_url: AGENT.webhook_url,
      trigger_filter: AGENT.trigger_filter,
    });
  });

  test('checks a changed URL as well', async () => {
    const { uuid } = (await create()).body.data as Created;
    const { body } = await api.call('PATCH', `/v1/agents/${uuid}`, {
      body: { webhook_url: 'http://192.168.1.1/' },
    });
    expect(body['code']).toBe('url.not_allowed');
  });

  test('switching a disabled agent on again forgets why it was disabled', async () => {
    const { uuid } = (await create()).body.data as Created;
    await api.database.prisma.agent.update({
      where: { id: uuid },
      data: { isActive: false, disabledReason: 'answered 410', consecutiveFailures: 20 },
    });
    const { body } = await api.call('PATCH', `/v1/agents/${uuid}`, { body: { is_active: true } });
    expect(body.data).not.toHaveProperty('disabled_reason');
  });

  test('deletes', async () => {
    const { uuid } = (await create()).body.data as Created;
    expect((await api.call('DELETE', `/v1/agents/${uuid}`)).status).toBe(204);
    expect((await api.call('GET', `/v1/agents/${uuid}`)).status).toBe(404);
    expect((await api.call('DELETE', `/v1/agents/${uuid}`)).status).toBe(404);
  });
});

describe('a change of webhook_url to another origin', () => {
  const OTHER_ORIGINS = [
    ['scheme', 'https://127.0.0.1:9000/webhook'],
    ['host', 'http://127.0.0.2:9000/webhook'],
    ['port', 'http://127.0.0.1:9001/webhook'],
  ];

  test.each(OTHER_ORIGINS)('(%s) is refused while a secret would follow', async (_, url) => {
    const { uuid } = (await create()).body.data as Created;
    const before = await rowOf(uuid);
    const { status, body } = await patch(uuid, { name: 'Moved', webhook_url: url });
    expect([status, body['code'], body['errors']]).toEqual([
      422,
      'request.invalid',
      [{ pointer: '/auth_header', message: expect.stringContaining('given anew') }],
    ]);
    expect(await rowOf(uuid)).toEqual(before);
  });

  test.each([
    ['given anew', { auth_header: 'Bearer another' }, true],
    ['dropped', { auth_header: null }, false],
  ])('goes with the secret %s, and shows a new signing secret once', async (_, change, has) => {
    const created = (await create()).body.data as Created;
    const before = await rowOf(created.uuid);
    const { status, body } = await patch(created.uuid, {
      webhook_url: 'http://127.0.0.1:9001/webhook',
      ...change,
    });
    expect([status, body.data]).toEqual([
      200,
      expect.objectContaining({
        webhook_url: 'http://127.0.0.1:9001/webhook',
        has_auth_header: has,
        signing_secret: expect.stringMatching(/^whsec_/),
      }),
    ]);
    expect((body.data as Created).signing_secret).not.toBe(created.signing_secret);
    const after = await rowOf(created.uuid);
    expect(after.signingSecretEncrypted).not.toBe(before.signingSecretEncrypted);
    const read = await api.call('GET', `/v1/agents/${created.uuid}`);
    expect(read.body.data).not.toHaveProperty('signing_secret');
  });

  test('makes a new signing secret for an agent without other secrets, too', async () => {
    const { uuid } = (await create({ name: 'Bare', webhook_url: AGENT.webhook_url })).body
      .data as Created;
    const { body } = await patch(uuid, { webhook_url: 'http://127.0.0.1:9001/' });
    expect(body.data).toHaveProperty('signing_secret');
  });

  test('ends a rotation: the secret before signs nothing for the new origin', async () => {
    const { uuid } = (await create()).body.data as Created;
    const previous = { previousSecretEncrypted: 'v1:x:y:z', previousSecretExpiresAt: new Date() };
    await api.database.prisma.agent.update({ where: { id: uuid }, data: previous });
    await patch(uuid, { webhook_url: 'http://127.0.0.1:9001/', auth_header: null });
    expect(await rowOf(uuid)).toMatchObject({
      previousSecretEncrypted: null,
      previousSecretExpiresAt: null,
    });
  });

  test.each([
    ['another path', 'http://127.0.0.1:9000/other?x=1'],
    ['the same origin written otherwise', 'HTTP://0x7f.1:9000/webhook'],
  ])('is none with %s: all secrets stay', async (_, url) => {
    const { uuid } = (await create()).body.data as Created;
    const { signingSecretEncrypted: signing, authHeaderEncrypted: header } = await rowOf(uuid);
    const { status, body } = await patch(uuid, { webhook_url: url });
    expect(status).toBe(200);
    expect(body.data).not.toHaveProperty('signing_secret');
    expect(await rowOf(uuid)).toMatchObject({
      signingSecretEncrypted: signing,
      authHeaderEncrypted: header,
    });
  });

  test('gives the new signing secret again to a repeat of the request', async () => {
    const { uuid } = (await create()).body.data as Created;
    const body = { webhook_url: 'http://127.0.0.1:9001/', auth_header: null };
    const headers = { 'idempotency-key': newUuid() };
    const first = await patch(uuid, body, headers);
    expect(first.body.data).toHaveProperty('signing_secret');
    expect((await patch(uuid, body, headers)).body).toEqual(first.body);
  });

  test('of an unknown agent is 404', async () => {
    expect((await patch(newUuid(), { webhook_url: 'http://127.0.0.1:9001/' })).status).toBe(404);
  });

  test('never carries a secret along that is given at the same moment', async () => {
    const { uuid } = (await create({ name: 'Racing', webhook_url: 'http://127.0.0.1:9000/' })).body
      .data as Created;
    for (let round = 0; round < 20; round += 1) {
      const { webhookUrl: from } = await rowOf(uuid);
      const to = `http://127.0.0.1:${9_100 + round}/`;
      const [moved, given] = await Promise.all([
        patch(uuid, { webhook_url: to }),
        patch(uuid, { auth_header: 'Bearer s3cr3t' }),
      ]);
      const row = await rowOf(uuid);
      // Either the secret is stored first and the URL stays, or the answer to the secret shows the new URL.
      const isMoved = moved.status === 200;
      expect([row.webhookUrl, given.status]).toEqual([isMoved ? to : from, 200]);
      expect(given.body.data).toMatchObject({ webhook_url: row.webhookUrl, has_auth_header: true });
      await patch(uuid, { auth_header: null });
    }
  });
});

describe('tls of an agent', () => {
  const { authority: ca, client } = TEST_TLS;
  const tls = { ca, client_certificate: client.cert, client_key: client.key };
  const secured = { name: 'Secured', webhook_url: 'https://127.0.0.1:9000/', tls };

  test('is stored with its key encrypted, which no answer shows', async () => {
    const { status, body } = await create(secured);
    expect(status).toBe(201);
    const created = body.data as Created;
    const shown = { ca, client_certificate: client.cert, has_client_key: true };
    expect(created).toMatchObject({ tls: shown });
    expect(JSON.stringify(body)).not.toContain('PRIVATE KEY');
    const row = await rowOf(created.uuid);
    expect(row.tlsKeyEncrypted).toMatch(/^v1:/);
    expect(JSON.stringify(row)).not.toContain('PRIVATE KEY');
    // It does not follow to another origin, and null drops it.
    const away = { webhook_url: 'https://127.0.0.1:9001/' };
    expect(await patch(created.uuid, away)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/tls' }] },
    });
    const moved = await patch(created.uuid, { ...away, tls: null });
    expect(moved.status).toBe(200);
    expect(moved.body.data).not.toHaveProperty('tls');
  });

  test.each([
    ['/tls/ca', { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }],
    ['/tls/ca', { ca: 'nonsense' }],
    ['/tls/client_key', { client_certificate: client.cert }],
    ['/tls/client_key', { client_certificate: client.cert, client_key: TEST_TLS.server.key }],
  ])('that TLS cannot use is refused at %s: %j', async (pointer, given) => {
    const answer = await create({ ...secured, tls: given });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect(JSON.stringify(answer.body)).not.toContain('PRIVATE KEY');
  });
});

describe('POST /v1/agents/{uuid}/test', () => {
  test('asks the dispatcher and passes its answer on', async () => {
    const { uuid } = (await create()).body.data as Created;
    const asked: unknown[] = [];
    const result = {
      outcome: 'delivered' as const,
      status_code: 200,
      duration_ms: 12,
      webhook_id: 'msg_1',
      alert_uuid: newUuid(),
    };
    const responder = await api.transport.respond(REQUESTS.testPush, async (body) => {
      asked.push(body);
      return await Promise.resolve(result);
    });
    const { status, body } = await api.call('POST', `/v1/agents/${uuid}/test`);
    await responder.drain();
    expect([status, body.data]).toEqual([200, result]);
    expect(asked).toEqual([{ agent_id: uuid }]);
  });

  test('answers 404 for an unknown agent', async () => {
    expect((await api.call('POST', `/v1/agents/${newUuid()}/test`)).status).toBe(404);
  });

  test('answers 409 for an agent that pulls, and says how to try it', async () => {
    const { body } = await api.call('POST', '/v1/agents', { body: { name: 'Pulls' } });
    const { uuid } = body.data as Created;
    const answer = await api.call('POST', `/v1/agents/${uuid}/test`);
    expect([answer.status, answer.body]).toMatchObject([
      409,
      {
        code: 'resource.conflict',
        detail:
          'The agent has no webhook_url to push a test to: it pulls. Try it with an alert: ' +
          `POST /v1/alerts/{uuid}/dispatch {"agent_uuid": "${uuid}"}, then lease it.`,
      },
    ]);
  });
});

describe('deliveries', () => {
  async function insertDelivery(status: 'pending' | 'delivered' | 'dead' | 'cancelled') {
    const { uuid: agentId } = (await create()).body.data as Created;
    const alertId = await insertAlert(api.database);
    const id = newUuid();
    const at = new Date();
    await api.database.prisma.delivery.create({
      data: {
        id,
        agentId,
        alertId,
        status,
        revision: 1,
        nextAttemptAt: new Date(Date.now() + 3_600_000),
        attemptCount: 1,
        attempts: {
          create: {
            id: newUuid(),
            number: 1,
            startedAt: at,
            durationMs: 7,
            outcome: 'rejected',
            statusCode: 500,
          },
        },
      },
    });
    return { id, alertId, agentId };
  }

  test('are listed with their attempts, of an alert and of an agent', async () => {
    const { id, alertId, agentId } = await insertDelivery('dead');
    const expected = {
      uuid: id,
      webhook_id: `msg_${id}`,
      status: 'dead',
      attempts: [{ number: 1, outcome: 'rejected', status_code: 500, duration_ms: 7 }],
    };
    for (const path of [
      `/v1/alerts/${alertId}/deliveries`,
      `/v1/deliveries?agent_uuid=${agentId}&status=dead`,
    ]) {
      const { body } = await api.call('GET', path);
      expect(body.data).toMatchObject([expected]);
    }
    expect((await api.call('GET', `/v1/deliveries/${id}`)).body.data).toMatchObject(expected);
  });

  test('a delivered attempt is never seen on one that still waits', async () => {
    const { id } = await insertDelivery('pending');
    const { read } = await api.database.transaction(async (client) => {
      await client.query('LOCK TABLE delivery_attempts IN ACCESS EXCLUSIVE MODE');
      const reading = api.call('GET', `/v1/deliveries/${id}`);
      // The delivery was read, and its attempts are waited for.
      await eventually(async () => {
        const { rows } = await api.database.query(
          `SELECT FROM pg_locks WHERE relation = 'delivery_attempts'::regclass AND NOT granted`,
        );
        expect(rows).toHaveLength(1);
      });
      await client.query(
        `INSERT INTO delivery_attempts (id, delivery_id, number, started_at, duration_ms, outcome, status_code)
         VALUES ($1, $2, 2, now(), 7, 'delivered', 200)`,
        [newUuid(), id],
      );
      await client.query(
        `UPDATE deliveries SET status = 'delivered', attempt_count = 2, finished_at = now() WHERE id = $1`,
        [id],
      );
      return { read: reading };
    });
    const seen = (body: { data: never }) => {
      const { status, attempts } = body.data as {
        status: string;
        attempts: { outcome: string }[];
      };
      return [status, attempts.map(({ outcome }) => outcome)];
    };
    expect(seen((await read).body)).toEqual(['pending', ['rejected']]);
    const now = await api.call('GET', `/v1/deliveries/${id}`);
    expect(seen(now.body)).toEqual(['delivered', ['rejected', 'delivered']]);
  });

  test('a dead one is due again after a retry, with the same webhook-id', async () => {
    const { id } = await insertDelivery('dead');
    const { status, body } = await api.call('POST', `/v1/deliveries/${id}/retry`);
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ webhook_id: `msg_${id}`, status: 'pending' });
    const { nextAttemptAt } = await api.database.prisma.delivery.findUniqueOrThrow({
      where: { id },
    });
    expect(nextAttemptAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('a retry begins a new schedule; the attempts before it stand apart', async () => {
    const { id } = await insertDelivery('dead');
    const { body } = await api.call('POST', `/v1/deliveries/${id}/retry`);
    expect(body.data).toMatchObject({
      status: 'pending',
      attempt_count: 1,
      attempts: [],
      earlier_attempts: [{ number: 1 }],
    });
  });

  test.each([
    ['delivered', /^It was delivered; /],
    ['cancelled', /^It was cancelled, and a later delivery stands in its place\.$/],
  ] as const)('a %s one is not sent again, and 409 says why', async (status, detail) => {
    const { id } = await insertDelivery(status);
    const answer = await api.call('POST', `/v1/deliveries/${id}/retry`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'resource.conflict',
      detail: expect.stringMatching(detail) as unknown,
    });
    expect((await api.call('GET', `/v1/deliveries/${id}`)).body.data).toMatchObject({ status });
  });

  test('one whose agent is switched off is not attempted, and 409 says why', async () => {
    const { id, agentId } = await insertDelivery('dead');
    await api.database.prisma.agent.update({
      where: { id: agentId },
      data: { isActive: false, disabledReason: 'It answered 410 Gone.' },
    });
    const answer = await api.call('POST', `/v1/deliveries/${id}/retry`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      detail: expect.stringMatching(
        /^Its agent is switched off \(It answered 410 Gone\.\); PATCH/,
      ) as unknown,
    });
  });

  test('of one alert and others are listed by when they were made, a page at a time', async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push(await insertDelivery('dead'));
    const at = new Date('2025-01-01T00:00:00Z');
    const [early, ...others] = made.map(({ id }) => id);
    // The order of ids says nothing: one is of an old alert that was pushed again just now.
    await api.database.prisma.delivery.update({
      where: { id: early! },
      data: { createdAt: new Date() },
    });
    await api.database.prisma.delivery.updateMany({
      where: { id: { in: others } },
      data: { createdAt: at },
    });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await api.call('GET', `/v1/deliveries?page_size=2${query}`);
      seen.push(...(body.data as { uuid: string }[]).map(({ uuid }) => uuid));
      cursor = (body.meta as { next_cursor: string | null }).next_cursor;
    }
    const ours = new Set(made.map(({ id }) => id));
    expect(seen.filter((id) => ours.has(id))).toEqual([early, ...others.sort().reverse()]);
  });

  test('an agent shows how pushes to it fare', async () => {
    const { agentId } = await insertDelivery('pending');
    const healthOf = async () =>
      ((await api.call('GET', `/v1/agents/${agentId}`)).body.data as { health: unknown }).health;
    expect(await healthOf()).toEqual({
      failures_in_a_row: 0,
      breaker: 'closed',
      waiting_count: 1,
      oldest_waiting_at: expect.any(String) as unknown,
      skipped_events: [],
    });
    const { agent } = api.database.prisma;
    const failing = {
      consecutiveFailures: 3,
      failingSince: new Date(),
      lastError: 'answered 500',
      lastErrorAt: new Date(),
    };
    const where = { id: agentId };
    const soon = new Date(Date.now() + 60_000);
    await agent.update({ where, data: { ...failing, breakerOpenUntil: soon } });
    expect(await healthOf()).toMatchObject({
      failures_in_a_row: 3,
      failing_since: expect.any(String) as unknown,
      breaker: 'open',
      breaker_open_until: soon.toISOString(),
      last_error: 'answered 500',
    });
    await agent.update({ where, data: { breakerOpenUntil: new Date(), isActive: false } });
    expect(await healthOf()).toMatchObject({
      breaker: 'half_open',
      disabled_at: expect.any(String) as unknown,
    });
    await api.call('PATCH', `/v1/agents/${agentId}`, { body: { is_active: true } });
    expect(await healthOf()).toMatchObject({ failures_in_a_row: 0, breaker: 'closed' });
  });
});
