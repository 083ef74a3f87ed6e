import { readFile, writeFile } from 'node:fs/promises';
import { parseApiKey, type Scope, SCOPES, VERSION } from '@calseta/common';
import { migrate } from '@calseta/database';
import { eventually, startPrivatePostgres } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS, accessOfDocument, allowedBy } from './access-table.js';
import { insertAlert } from './insert-alert.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
beforeAll(async () => {
  api = await startAlertsApi({ HTTP_TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => await api[Symbol.asyncDispose]());

/** A human key by default, since human keys may do everything that their scopes allow. */
async function makeKey(
  scopes: (Scope | 'any')[],
  fields: Record<string, unknown> = {},
): Promise<{ id: string; key: string }> {
  const { status, body } = await api.call('POST', '/v1/api-keys', {
    body: { name: scopes.join(' ').slice(0, 200), key_type: 'human', scopes, ...fields },
  });
  expect(status).toBe(201);
  return body.data;
}

/** A key of an agent of its own. */
async function anAgentKey(scopes: (Scope | 'any')[]) {
  const { body } = await api.call('POST', '/v1/agents', { body: { name: 'An agent' } });
  const { uuid: agentUuid } = body.data as { uuid: string };
  return {
    agentUuid,
    ...(await makeKey(scopes, { key_type: 'agent', agent_uuid: agentUuid })),
  };
}

/** What the keys of agents hold, as docs/security.md says. */
const AGENT_SCOPES: Scope[] = [
  'alerts:read',
  'findings:write',
  'alerts:triage',
  'workflows:read',
  'workflows:execute',
];

describe('every route', () => {
  const UNKNOWN_UUID = '0198b7a0-0000-7000-8000-000000000000';
  // ingest-api serves this route.
  const guarded = Object.entries(ACCESS).filter(([route]) => !route.includes(' /v1/ingest/'));
  /** Calls a route with ids that do not exist, and without a body unless the test is about one. */
  const knock = async (route: string, key: string | null, body?: unknown, uuid = UNKNOWN_UUID) => {
    const [method = '', template = ''] = route.split(' ');
    const path = template.replaceAll('{uuid}', uuid).replace(/\{\w+\}/g, 'nobody');
    // Each route uses its own client address, so that failures of one do not limit the next.
    const address = `10.0.0.${guarded.findIndex(([name]) => name === route)}`;
    const authorization = key === null ? '' : `Bearer ${key}`;
    // A stream would not end; with an id that it does not know it is refused.
    const headers = { authorization, 'x-forwarded-for': address, 'last-event-id': 'nobody' };
    const { status, body: answer } = await api.call(method, path, { body, headers });
    return `${status} ${status < 300 ? '' : String(answer['code'])}`;
  };
  const isRefused = (answer: string) => /^40[13] /.test(answer);

  test('is in the table of access', async () => {
    const { body } = await api.call('GET', '/openapi.json');
    expect(accessOfDocument(body['paths'] as never)).toEqual(ACCESS);
  });

  test('lets in keys with its scope, and no others', async () => {
    const keys = await Promise.all(
      SCOPES.map(async (scope) => ({ scope, key: (await makeKey([scope])).key })),
    );
    const open: Record<string, string[]> = {};
    const expected: Record<string, string[]> = {};
    for (const [route, { scope: needed, unlessOwnAgent = needed }] of guarded) {
      const answers = await Promise.all(
        keys.map(async ({ scope, key }) => ({ scope, answer: await knock(route, key) })),
      );
      const refused = answers.filter(({ answer }) => isRefused(answer));
      const reasons = needed === 'any' ? [] : ['403 auth.forbidden'];
      expect(new Set(refused.map(({ answer }) => answer))).toEqual(new Set(reasons));
      open[route] = answers.filter(({ answer }) => !isRefused(answer)).map(({ scope }) => scope);
      expected[route] = SCOPES.filter((held) =>
        [needed, unlessOwnAgent].every((scope) => allowedBy(held).includes(scope)),
      );
    }
    expect(open).toEqual(expected);
  }, 60_000);

  test('refuses a query parameter that it does not have, and names those that it has', async () => {
    const answers = await Promise.all(
      guarded.map(async ([route]) => {
        const [method = '', template = ''] = route.split(' ');
        const path = template.replaceAll('{uuid}', UNKNOWN_UUID).replace(/\{\w+\}/g, 'nobody');
        const { status, body } = await api.call(method, `${path}?no_such=1`);
        return [route, status, (body['errors'] as [{ pointer: string }])[0].pointer];
      }),
    );
    expect(answers).toEqual(guarded.map(([route]) => [route, 422, '/no_such']));
    const { body } = await api.call('GET', `/v1/alerts/${UNKNOWN_UUID}/context?mx_tokens=400`);
    expect(body['errors']).toEqual([
      {
        pointer: '/mx_tokens',
        message: 'is not a known parameter; this path has format, max_tokens',
      },
    ]);
    expect((await fetch(`${api.url}/docs?v=2`)).status).toBe(200);
  });

  test('refuses no key, a wrong, a revoked and an expired one', async () => {
    const [revoked, expired, wrong] = await Promise.all([
      makeKey(['admin']),
      makeKey(['admin'], { expires_at: '2020-01-01T00:00:00Z' }),
      makeKey(['admin']),
    ]);
    await api.call('DELETE', `/v1/api-keys/${revoked.id}`);
    await eventually(
      async () => expect((await api.call('GET', '/v1/alerts', revoked)).status).toBe(401),
      { timeoutMs: 2_000 },
    );
    const keys = [null, `${wrong.key.slice(0, -4)}AAAA`, revoked.key, expired.key];
    const invalid = '401 auth.invalid';
    const answers = await Promise.all(
      guarded.map(
        async ([route]) => await Promise.all(keys.map(async (key) => await knock(route, key))),
      ),
    );
    expect(answers).toEqual(guarded.map(() => ['401 auth.missing', invalid, invalid, invalid]));
  });

  test('refuses a key that comes from outside of its networks', async () => {
    const { key } = await makeKey(['admin'], { allowed_networks: ['192.0.2.0/24'] });
    const answers = await Promise.all(
      guarded.map(async ([route]) => [route, await knock(route, key)]),
    );
    const refused = '403 auth.network_not_allowed';
    expect(answers).toEqual(guarded.map(([route]) => [route, refused]));
  });

  test('opens no more to a key because it belongs to an agent', async () => {
    const scopes = SCOPES.filter((scope) => scope !== 'admin');
    const { key } = await anAgentKey(scopes);
    const open = await Promise.all(
      guarded.map(async ([route]) => (isRefused(await knock(route, key)) ? [] : [route])),
    );
    const held = new Set<string>(['any', ...scopes]);
    const expected = guarded.filter(
      ([, { scope, keyType, unlessOwnAgent = scope }]) =>
        held.has(scope) && held.has(unlessOwnAgent) && keyType !== 'human',
    );
    expect(open.flat()).toEqual(expected.map(([route]) => route));
  });

  test.each(guarded.filter(([, { unlessOwnAgent }]) => unlessOwnAgent !== undefined))(
    '%s is for the keys of that agent',
    async (route, { scope, unlessOwnAgent }) => {
      const [own, other] = await Promise.all([anAgentKey([scope]), anAgentKey([scope])]);
      const wider = await makeKey([...new Set([scope, unlessOwnAgent!])]);
      const [method = '', path = ''] = route.split(' ');
      const ask = async ({ key }: { key: string }) =>
        (await api.call(method, path.replace('{uuid}', own.agentUuid), { key })).status;
      expect(await ask(other)).toBe(403);
      for (const key of [own, wider]) expect(await ask(key)).not.toBe(403);
    },
  );

  test('that belongs to an agent is shut to the key of another agent', async () => {
    const [own, other] = await Promise.all([anAgentKey(AGENT_SCOPES), anAgentKey(AGENT_SCOPES)]);
    const ofAgents = guarded.filter(([route]) => route.includes(' /v1/agents/{uuid}'));
    const knockAt = async (agentUuid: string, key: string) =>
      await Promise.all(
        ofAgents.map(async ([route]) => {
          const answer = await knock(route, key, undefined, agentUuid);
          return isRefused(answer) ? [] : [route];
        }),
      );
    expect((await knockAt(other.agentUuid, own.key)).flat()).toEqual([]);
    const declared = ofAgents.filter(([, { unlessOwnAgent }]) => unlessOwnAgent !== undefined);
    expect((await knockAt(own.agentUuid, own.key)).flat()).toEqual(
      declared.map(([route]) => route),
    );
  });

  test('by which alerts come in is shut to a key of another source, and no other route is', async () => {
    const bound = await makeKey(['admin'], { allowed_sources: ['elastic'] });
    const body = { source_name: 'generic', payload: { title: 'T' } };
    const shut = await Promise.all(
      guarded.map(async ([route, { scope }]) => {
        const answer = await knock(route, bound.key, scope === 'alerts:ingest' ? body : undefined);
        return isRefused(answer) ? [route] : [];
      }),
    );
    const incoming = guarded.filter(([, { scope }]) => scope === 'alerts:ingest');
    expect(shut.flat()).toEqual(incoming.map(([route]) => route));
    expect(incoming.length).toBeGreaterThan(0);
  });

  const withFields = guarded.flatMap(([route, { scope, fields = {} }]) =>
    Object.entries(fields).map(([field, needed]) => [route, field, scope, needed] as const),
  );
  test.each(withFields)('%s with %s needs more than %s', async (route, field, scope, needed) => {
    const [lesser, greater] = await Promise.all([makeKey([scope]), makeKey([scope, needed])]);
    for (const value of [null, 'nonsense', []]) {
      const body = { [field]: value };
      expect(await knock(route, lesser.key, body)).toBe('403 auth.forbidden');
      expect(isRefused(await knock(route, greater.key, body))).toBe(false);
    }
    expect(isRefused(await knock(route, lesser.key, {}))).toBe(false);
  });

  test.each(guarded.filter(([, { keyType }]) => keyType === 'human'))(
    '%s is for people: no agent’s key may, whatever it holds',
    async (route) => {
      const { key } = await makeKey(['admin'], { key_type: 'agent' });
      expect(await knock(route, key, {})).toBe('403 auth.forbidden');
      expect(isRefused(await knock(route, ADMIN_KEY, {}))).toBe(false);
    },
  );
});

describe('the key of an agent', () => {
  test('reads, posts findings and triages, and changes nothing else', async () => {
    const { key } = await makeKey(['alerts:read', 'findings:write', 'alerts:triage']);
    const uuid = await insertAlert(api.database);
    const path = `/v1/alerts/${uuid}`;
    const ask = async (method: string, to: string, body?: unknown) =>
      (await api.call(method, to, { key, body })).status;
    expect(await ask('GET', path)).toBe(200);
    expect(await ask('POST', `${path}/findings`, { summary: 'x' })).toBe(201);
    expect(await ask('PATCH', path, { status: 'Triaging', tags: ['seen'] })).toBe(200);

    expect(await ask('PATCH', path, { status: 'Closed', malice_override: 'Benign' })).toBe(403);
    expect(await ask('PATCH', path, { malice_override: null })).toBe(403);
    const { body } = await api.call('GET', path);
    expect(body.data).toMatchObject({ status: 'Triaging' });
    expect(body.data).not.toHaveProperty('malice_override');
    const mapping = { path: 'a.b', indicator_type: 'ip' };
    expect(await ask('POST', '/v1/indicator-mappings', mapping)).toBe(403);
    expect(await ask('POST', `${path}/replay`, { from: 'extract' })).toBe(403);
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
  const newest = expect.stringMatching(/^\d{14}_\w+$/);
  const schema = { needed: newest, found: newest, missing: [] };
  expect(await readiness()).toEqual([
    200,
    { status: 'ok', version: VERSION, schema, checks: { database: 'ok', schema: 'ok' } },
  ]);
  await server.kill();
  expect(await readiness()).toEqual([
    503,
    { status: 'failed', version: VERSION, schema, checks: { database: 'failed', schema: 'ok' } },
  ]);
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

  test('work from their networks alone, also after a rotation', async () => {
    const made = await makeKey(['alerts:read'], { allowed_networks: ['192.0.2.0/24', '::1'] });
    const { body } = await api.call('POST', `/v1/api-keys/${made.id}/rotate`);
    const { key, ...rotated } = body.data as { key: string };
    expect(rotated).toMatchObject({ allowed_networks: ['192.0.2.0/24', '::1'] });
    const from = async (address: string) => {
      const headers = { 'x-forwarded-for': address };
      const { status, body: answer } = await api.call('GET', '/v1/alerts', { key, headers });
      return [status, answer['code']];
    };
    expect(await from('192.0.2.255')).toEqual([200, undefined]);
    // What the client wrote itself stands left of what the trusted proxy adds.
    expect(await from('192.0.2.1, 198.51.100.1')).toEqual([403, 'auth.network_not_allowed']);
    expect(await from('192.0.3.0')).toEqual([403, 'auth.network_not_allowed']);
  });

  test.each([[[]], [['10.0.0.0/33']], [['somewhere']]])('take no networks %j', async (networks) => {
    const { status, body } = await api.call('POST', '/v1/api-keys', {
      body: { name: 'x', scopes: ['alerts:read'], allowed_networks: networks },
    });
    expect([status, body['code']]).toEqual([422, 'request.invalid']);
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
    [{ name: 'x', scopes: ['admin'], principal: 'Ada' }],
    [{ name: 'x', scopes: ['admin'], key_type: 'human', principal: 'agent:x' }],
    [{ name: 'x', scopes: ['admin'], key_type: 'human', principal: ' system ' }],
  ])('refuses %j', async (body) => {
    expect((await api.call('POST', '/v1/api-keys', { body })).status).toBe(422);
  });

  test('tell whom they stand for and who made them', async () => {
    const get = async ({ id }: { id: string }) =>
      (await api.call('GET', `/v1/api-keys/${id}`)).body.data;
    const adminId = parseApiKey(ADMIN_KEY)?.id;
    const ada = await makeKey(['admin'], { principal: 'Ada' });
    expect(await get(ada)).toMatchObject({ principal: 'Ada', created_by: adminId });
    const made = await api.call('POST', '/v1/api-keys', {
      key: ada.key,
      body: { name: 'agent', scopes: ['alerts:read'] },
    });
    const { id } = made.body.data as { id: string };
    expect(made.body.data).toMatchObject({ principal: `agent:${id}`, created_by: 'Ada' });
    const rotated = await api.call('POST', `/v1/api-keys/${ada.id}/rotate`);
    expect(rotated.body.data).toMatchObject({ principal: 'Ada', created_by: adminId });
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
    ['/docs', 'docs/docs.js'],
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
  expect([method.status, method.headers.get('allow')]).toEqual([
    405,
    'GET, POST, PATCH, HEAD, OPTIONS',
  ]);
});
