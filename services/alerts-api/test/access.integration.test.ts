import { readFile, writeFile } from 'node:fs/promises';
import { type Scope } from '@calseta/common';
import { migrate } from '@calseta/database';
import { eventually, startPrivatePostgres } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi();
});
afterAll(async () => await api[Symbol.asyncDispose]());

async function makeKey(scopes: Scope[]): Promise<{ id: string; key: string }> {
  const { status, body } = await api.call('POST', '/v1/api-keys', {
    body: { name: scopes.join(' '), scopes },
  });
  expect(status).toBe(201);
  return body.data;
}

describe('scopes', () => {
  test.each<[Scope, string, string, number]>([
    ['alerts:read', 'GET', '/v1/alerts', 200],
    ['alerts:write', 'GET', '/v1/alerts', 403],
    ['alerts:ingest', 'GET', '/v1/alerts', 403],
    ['alerts:read', 'GET', '/v1/agents', 403],
    ['agents:read', 'GET', '/v1/agents', 200],
    ['agents:read', 'GET', '/v1/deliveries', 200],
    ['workflows:read', 'GET', '/v1/workflows', 200],
    ['workflows:read', 'GET', '/v1/api-keys', 403],
    ['alerts:read', 'POST', '/v1/detection-rules', 403],
    ['admin', 'GET', '/v1/api-keys', 200],
  ])('%s: %s %s answers %d', async (scope, method, path, expected) => {
    const { key } = await makeKey([scope]);
    const { status, body } = await api.call(method, path, { key });
    expect(status).toBe(expected);
    if (expected === 403) expect(body['code']).toBe('auth.forbidden');
  });

  test('a key that may read cannot write to an alert', async () => {
    const { key } = await makeKey(['alerts:read']);
    const uuid = await insertAlert(api.database);
    const patch = { key, body: { status: 'Triaging' } };
    expect((await api.call('PATCH', `/v1/alerts/${uuid}`, patch)).status).toBe(403);
    const finding = { key, body: { summary: 'x' } };
    expect((await api.call('POST', `/v1/alerts/${uuid}/findings`, finding)).status).toBe(403);
  });
});

test('is ready only while the database answers', async () => {
  await using server = await startPrivatePostgres();
  await migrate({ url: server.url });
  await using service = await startAlertsApi({}, server.url);
  const readiness = async () => {
    const response = await fetch(`${service.url}/readyz`);
    return [response.status, await response.json()];
  };
  expect(await readiness()).toEqual([200, { status: 'ok', checks: { database: 'ok' } }]);
  await server.kill();
  expect(await readiness()).toEqual([503, { status: 'failed', checks: { database: 'failed' } }]);
});

describe('API keys', () => {
  test('are shown once, and never stored', async () => {
    const { id, key } = await makeKey(['alerts:read']);
    expect(key).toMatch(/^cai_[\w-]{16}_[\w-]{43}$/);
    const read = await api.call('GET', `/v1/api-keys/${id}`);
    expect(JSON.stringify(read.body)).not.toContain(key);
    const row = await api.database.prisma.apiKey.findUniqueOrThrow({ where: { id } });
    expect(JSON.stringify(row)).not.toContain(key.slice(-43));
  });

  test('stop working within two seconds of being revoked', async () => {
    const { id, key } = await makeKey(['alerts:read']);
    expect((await api.call('GET', '/v1/alerts', { key })).status).toBe(200);
    expect((await api.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
    await eventually(
      async () => expect((await api.call('GET', '/v1/alerts', { key })).status).toBe(401),
      { timeoutMs: 2_000 },
    );
  });

  test('stop working when they expire', async () => {
    const { body } = await api.call('POST', '/v1/api-keys', {
      body: { name: 'old', scopes: ['alerts:read'], expires_at: '2020-01-01T00:00:00Z' },
    });
    const { key } = body.data as { key: string };
    expect((await api.call('GET', '/v1/alerts', { key })).body['code']).toBe('auth.invalid');
  });

  test('are rotated: the new key has the rights of the old one, which ends', async () => {
    const { id, key } = await makeKey(['alerts:read']);
    const { status, body } = await api.call('POST', `/v1/api-keys/${id}/rotate`);
    const rotated = body.data as { key: string; scopes: Scope[] };
    expect([status, rotated.scopes]).toEqual([201, ['alerts:read']]);
    expect((await api.call('GET', '/v1/alerts', { key: rotated.key })).status).toBe(200);
    await eventually(
      async () => expect((await api.call('GET', '/v1/alerts', { key })).status).toBe(401),
      { timeoutMs: 2_000 },
    );
    expect((await api.call('POST', `/v1/api-keys/${id}/rotate`)).status).toBe(404);
  });

  test.each([
    [{ name: 'x', scopes: [] }],
    [{ name: 'x', scopes: ['alerts:everything'] }],
    [{ name: '', scopes: ['alerts:read'] }],
  ])('refuses %j', async (body) => {
    expect((await api.call('POST', '/v1/api-keys', { body })).status).toBe(422);
  });

  test('an unknown and a malformed key are 401 and say nothing more', async () => {
    for (const key of [`cai_${'a'.repeat(16)}_${'b'.repeat(43)}`, 'nonsense']) {
      const { status, body } = await api.call('GET', '/v1/alerts', { key });
      expect([status, body['code']]).toEqual([401, 'auth.invalid']);
    }
  });
});

describe('the API describes itself', () => {
  test('in OpenAPI, ingest and the push included', async () => {
    const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    const { status, body } = await api.call('GET', '/openapi.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      openapi: expect.stringMatching(/^3\.1/),
      info: { version },
      webhooks: { 'alert.enriched': { post: {} } },
      paths: {
        '/v1/ingest/{source_name}': { post: {} },
        '/v1/alerts/{uuid}/findings': { post: {}, get: {} },
        '/v1/agents': { post: {}, get: {} },
        '/v1/agents/{uuid}': { get: { summary: 'Read an agent' } },
        '/v1/workflows/{uuid}': { get: { summary: 'Read a workflow' } },
      },
    });
  });

  test.each([
    ['/docs', 'openapi.json'],
    ['/llms.txt', '/v1/alerts'],
  ])('at %s, without a key', async (path, text) => {
    const response = await fetch(api.url + path);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(text);
  });

  // After a change of the API: UPDATE_OPENAPI=1 npm test -- services/alerts-api
  test('as docs/openapi.json says', async () => {
    const { body } = await api.call('GET', '/openapi.json');
    const file = new URL('../../../docs/openapi.json', import.meta.url);
    if (process.env['UPDATE_OPENAPI'] === '1') {
      await writeFile(file, `${JSON.stringify(body, null, 2)}\n`);
    }
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(body);
  });
});

test('an unknown path is a 404 and a wrong method a 405 with Allow', async () => {
  const unknown = await api.call('GET', '/v1/nothing');
  expect([unknown.status, unknown.body['code']]).toEqual([404, 'route.not_found']);
  const method = await api.call('PUT', '/v1/alerts');
  expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
});
