import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi({ HTTP_TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => await api[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

async function makeKey(fields: Record<string, unknown>): Promise<{ id: string; key: string }> {
  const { status, body } = await api.call('POST', '/v1/api-keys', {
    body: { name: 'made', key_type: 'human', ...fields },
  });
  expect(status).toBe(201);
  return body.data;
}

const change = async (
  { id }: { id: string },
  body: unknown,
  more: { key?: string; headers?: Record<string, string> } = {},
) => await api.call('PATCH', `/v1/api-keys/${id}`, { body, ...more });

const statusWith = async (key: string, headers: Record<string, string> = {}) =>
  (await api.call('GET', '/v1/alerts', { key, headers })).status;

describe('a change of an API key', () => {
  test('takes its name, scopes, sources, networks and expiry, and leaves the rest', async () => {
    const made = await makeKey({ scopes: ['alerts:read'], principal: 'Ada' });
    const changes = {
      name: 'renamed',
      scopes: ['alerts:read', 'findings:write'],
      allowed_sources: ['elastic'],
      allowed_networks: ['192.0.2.0/24'],
      expires_at: inHours(1),
    };
    const { status, body } = await change(made, changes);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ ...changes, id: made.id, principal: 'Ada' });
    const cleared = { allowed_sources: null, allowed_networks: null, expires_at: null };
    const after = await change(made, cleared);
    expect(after.body.data).toMatchObject({ name: 'renamed', allowed_sources: null });
    expect(after.body.data).toMatchObject({ allowed_networks: null, scopes: changes.scopes });
    expect(after.body.data).not.toHaveProperty('expires_at');
  });

  test('holds everywhere within two seconds', async () => {
    const made = await makeKey({ scopes: ['alerts:read'] });
    expect(await statusWith(made.key)).toBe(200);
    await change(made, { scopes: ['agents:read'] });
    const turns = async (wanted: number, headers?: Record<string, string>) => {
      await eventually(async () => expect(await statusWith(made.key, headers)).toBe(wanted), {
        timeoutMs: 2_000,
      });
    };
    await turns(403);
    await change(made, { scopes: ['alerts:read'], allowed_networks: ['192.0.2.0/24'] });
    await turns(200, { 'x-forwarded-for': '192.0.2.9' });
    expect(await statusWith(made.key, { 'x-forwarded-for': '198.51.100.1' })).toBe(403);
    await change(made, { allowed_networks: null, expires_at: inHours(1) });
    await turns(200, { 'x-forwarded-for': '198.51.100.1' });
  });

  test('takes away scopes that an earlier version gave besides', async () => {
    const made = await makeKey({ scopes: ['alerts:write'] });
    await api.database.prisma.apiKey.update({
      where: { id: made.id },
      data: { addedScopes: ['config:write'] },
    });
    expect((await change(made, { scopes: ['alerts:read'] })).body.data).toMatchObject({
      scopes: ['alerts:read'],
    });
  });

  test.each([
    [{ scopes: [] }],
    [{ scopes: ['everything'] }],
    [{ expires_at: '2020-01-01T00:00:00Z' }],
    [{ allowed_networks: ['somewhere'] }],
    [{ principal: 'Eve' }],
    [{ key_type: 'agent' }],
  ])('refuses %j', async (changes) => {
    const made = await makeKey({ scopes: ['alerts:read'] });
    expect((await change(made, changes)).status).toBe(422);
  });

  test('is refused where another came between: of two with one ETag, one is 412', async () => {
    const made = await makeKey({ scopes: ['alerts:read'] });
    const read = await api.call('GET', `/v1/api-keys/${made.id}`);
    const headers = { 'if-match': read.headers.get('etag') ?? '' };
    const answers = await Promise.all(
      ['a', 'b'].map(async (name) => await change(made, { name }, { headers })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    const { headers: written } = answers.find(({ status }) => status === 200) ?? {};
    const next = await change(
      made,
      { name: 'c' },
      { headers: { 'if-match': written?.get('etag') ?? '' } },
    );
    expect(next.status).toBe(200);
  });

  test('needs the admin key of a person, and a key that there is', async () => {
    const made = await makeKey({ scopes: ['alerts:read'] });
    const agent = await makeKey({ scopes: ['admin'], key_type: 'agent' });
    const writer = await makeKey({ scopes: ['config:write'] });
    for (const { key } of [agent, writer]) {
      expect((await change(made, { name: 'x' }, { key })).status).toBe(403);
    }
    expect((await change({ id: 'nobody' }, { name: 'x' })).status).toBe(404);
  });

  test('does not bring back a key that was revoked or has expired', async () => {
    const revoked = await makeKey({ scopes: ['alerts:read'] });
    await api.call('DELETE', `/v1/api-keys/${revoked.id}`);
    const expired = await makeKey({ scopes: ['alerts:read'], expires_at: '2020-01-01T00:00:00Z' });
    for (const key of [revoked, expired]) {
      const { status, body } = await change(key, { expires_at: null });
      expect([status, body['code']]).toEqual([409, 'resource.conflict']);
    }
  });

  test('leaves a URL token what it is', async () => {
    const { body } = await api.call('POST', '/v1/sources/elastic/url-tokens', { body: {} });
    const token = body.data as { id: string };
    expect((await change(token, { scopes: ['alerts:read'] })).status).toBe(409);
    expect((await change(token, { allowed_sources: null })).status).toBe(409);
    expect((await change(token, { name: 'renamed' })).status).toBe(200);
  });
});

describe('a key that changes itself', () => {
  const narrow = {
    scopes: ['admin'],
    allowed_sources: ['elastic'],
    allowed_networks: ['192.0.2.0/24', '127.0.0.0/8', '::1'],
  };

  test('can lose rights', async () => {
    const made = await makeKey({ ...narrow, expires_at: inHours(2) });
    const changes = {
      scopes: ['admin', 'alerts:read'],
      allowed_sources: [],
      allowed_networks: ['127.0.0.0/8', '::1'],
      expires_at: inHours(1),
    };
    expect((await change(made, changes, { key: made.key })).status).toBe(200);
    expect((await change(made, { scopes: ['audit:read'] }, { key: made.key })).status).toBe(200);
  });

  test.each([
    ['allowed_sources', null],
    ['allowed_sources', ['elastic', 'splunk']],
    ['allowed_networks', null],
    ['allowed_networks', ['0.0.0.0/0']],
    ['expires_at', null],
    ['expires_at', inHours(3)],
  ])('cannot gain any: %s %j', async (field, value) => {
    const made = await makeKey({ ...narrow, expires_at: inHours(2) });
    const { status, body } = await change(made, { [field]: value }, { key: made.key });
    expect([status, body['code']]).toEqual([403, 'auth.forbidden']);
    expect(body['errors']).toEqual([expect.objectContaining({ pointer: `/${field}` })]);
    // Another admin can.
    expect((await change(made, { [field]: value })).status).toBe(200);
  });
});
