import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError, dataEnvelope, jsonData, uuidSchema } from '@calseta/common';
import { defineRawRoute, defineRoute, reply, requireMatch, textReply } from '@calseta/platform';
import { z } from 'zod';
import { type App, startApp, until } from './support/start-app.js';

const thingSchema = z.object({ name: z.string().min(1).max(20), level: z.int().default(1) });
const answer = dataEnvelope(z.object({ name: z.string() }));
const UUID = '0198b7a0-0000-7000-8000-000000000000';

const routes = [
  defineRoute({
    method: 'POST',
    path: '/v1/things',
    operationId: 'makeThing',
    scope: 'agents:write',
    summary: 'Make a thing',
    tags: ['things'],
    body: thingSchema,
    responses: { 201: answer },
    handler: async ({ body }) =>
      await Promise.resolve(
        reply(201, jsonData({ name: body.name }), { Location: '/v1/things/1' }),
      ),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/things/{uuid}',
    operationId: 'getThing',
    scope: 'agents:read',
    summary: 'Read a thing',
    tags: ['things'],
    params: z.object({ uuid: uuidSchema }),
    query: z.object({
      size: z.coerce.number().int().max(5).default(1),
      kind: z.enum(['a', 'b']).optional(),
    }),
    responses: { 200: dataEnvelope(z.object({ uuid: z.string(), size: z.number() })) },
    handler: async ({ params, query }) =>
      await Promise.resolve(reply(200, jsonData({ uuid: params.uuid, size: query.size }))),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/things/{uuid}',
    operationId: 'deleteThing',
    scope: 'agents:write',
    summary: 'Remove a thing',
    tags: ['things'],
    params: z.object({ uuid: uuidSchema }),
    responses: { 204: null },
    handler: async ({ request }) => {
      requireMatch(request.headers['if-match'], '"2"');
      return await Promise.resolve(reply(204, undefined));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/things/newest',
    operationId: 'getNewestThing',
    scope: null,
    summary: 'Read as text',
    tags: ['things'],
    responses: { 200: null },
    produces: ['text/markdown'],
    handler: async () => await Promise.resolve(textReply(200, 'text/markdown', '# newest')),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/broken',
    operationId: 'break',
    scope: null,
    summary: 'A defect',
    tags: ['things'],
    responses: { 200: null },
    handler: async () => await Promise.reject(new Error('password=hunter2 at db.internal')),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/away',
    operationId: 'askTheAbsent',
    scope: null,
    summary: 'An outage',
    tags: ['things'],
    responses: { 200: null },
    handler: async () =>
      await Promise.reject(
        new AppError('service.unavailable', 'db.internal is down', { retryAfterSeconds: 7 }),
      ),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/guarded',
    operationId: 'openTheGuarded',
    scope: 'alerts:triage',
    keyType: 'human',
    summary: 'Change a thing',
    tags: ['things'],
    body: z.strictObject({ name: z.string(), level: z.int() }).partial(),
    fieldScopes: { level: 'config:write' },
    responses: { 200: answer },
    handler: async ({ body }) =>
      await Promise.resolve(reply(200, jsonData({ name: body.name ?? '' }))),
  }),
  defineRawRoute({
    method: 'GET',
    path: '/v1/raw',
    operationId: 'writeRaw',
    scope: 'agents:read',
    summary: 'Answers by itself',
    tags: ['things'],
    raw: async ({ res, principal }) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.end(`data: ${principal.name}\n\n`);
      await Promise.resolve();
    },
  }),
];

let app: App;
beforeAll(async () => {
  app = await startApp(routes);
});
afterAll(async () => await app.close());

const problemOf = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: (await response.json()) as Record<string, unknown>,
});

describe('a declared route', () => {
  test('answers with its envelope, headers and a JSON media type', async () => {
    const response = await app.send('POST', '/v1/things', { name: 'a' });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/v1/things/1');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(await response.json()).toEqual({ data: { name: 'a' }, meta: {} });
  });

  test('gives handlers parsed parameters with defaults', async () => {
    const response = await app.send('GET', `/v1/things/${UUID}?size=3`);
    expect(await response.json()).toMatchObject({ data: { uuid: UUID, size: 3 } });
    const plain = await app.send('GET', `/v1/things/${UUID}`);
    expect(await plain.json()).toMatchObject({ data: { size: 1 } });
  });

  test('prefers the literal path to the parameter', async () => {
    const response = await app.send('GET', '/v1/things/newest');
    expect(response.headers.get('content-type')).toBe('text/markdown');
    expect(await response.text()).toBe('# newest');
  });

  test('may answer without a body, and on Node’s own objects', async () => {
    const response = await app.send('DELETE', `/v1/things/${UUID}`);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await (await app.send('GET', '/v1/raw')).text()).toBe('data: test\n\n');
  });
});

describe('what a request gets wrong', () => {
  test('all places of a body are named in one 422', async () => {
    const { status, type, body } = await problemOf(
      await app.send('POST', '/v1/things', { name: '', level: 'high' }),
    );
    expect([status, type]).toEqual([422, 'application/problem+json']);
    expect(body).toMatchObject({
      code: 'request.invalid',
      status: 422,
      title: 'Unprocessable Content',
    });
    expect(body['trace_id']).toMatch(/^[0-9a-f]{32}$/);
    expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/name',
      '/level',
    ]);
  });

  test.each([
    ['a query out of bounds', `/v1/things/${UUID}?size=6`, '/size'],
    ['an unknown enum value', `/v1/things/${UUID}?kind=c`, '/kind'],
    ['a query twice', `/v1/things/${UUID}?kind=a&kind=b`, '/kind'],
    ['a NUL in the query', `/v1/things/${UUID}?kind=%00`, '/kind'],
    ['a path parameter', '/v1/things/42', '/uuid'],
  ])('%s is a 422 that points at it', async (_what, path, pointer) => {
    const { status, body } = await problemOf(await app.send('GET', path));
    expect([status, body['code']]).toEqual([422, 'request.invalid']);
    expect(body['errors']).toEqual([expect.objectContaining({ pointer })]);
  });

  test.each([
    ['not JSON', '{"name":', 400, 'request.malformed'],
    ['nothing', '', 400, 'request.malformed'],
    ['65 levels', '['.repeat(65) + ']'.repeat(65), 413, 'request.too_large'],
    ['64 levels', '['.repeat(64) + ']'.repeat(64), 422, 'request.invalid'],
    ['an array', '[]', 422, 'request.invalid'],
    ['a NUL character', '{"name":"a\\u0000"}', 422, 'request.invalid'],
    ['a lone surrogate', '{"name":"\\ud800"}', 422, 'request.invalid'],
    ['10,001 bytes', `{"name":"${'x'.repeat(9_990)}"}`, 413, 'request.too_large'],
    ['10,000 bytes', `{"name":"${'x'.repeat(9_989)}"}`, 422, 'request.invalid'],
  ])('a body of %s is answered', async (_what, text, status, code) => {
    const answered = await problemOf(await app.send('POST', '/v1/things', text));
    expect([answered.status, answered.body['code']]).toEqual([status, code]);
  });

  test('invalid UTF-8 is a 400', async () => {
    const response = await fetch(`${app.url}/v1/things`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.admin}`, 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'the media type %s is a 415',
    async (type) => {
      const response = await app.send('POST', '/v1/things', '{"name":"a"}', {
        'content-type': type,
      });
      expect((await problemOf(response)).status).toBe(415);
    },
  );

  test.each(['application/json; charset=utf-8', 'application/vnd.api+json', 'Application/JSON'])(
    'the media type %s is taken',
    async (type) => {
      const response = await app.send('POST', '/v1/things', '{"name":"a"}', {
        'content-type': type,
      });
      expect(response.status).toBe(201);
    },
  );

  test('an unknown path is a JSON 404, a broken one a JSON 400', async () => {
    expect(await problemOf(await app.send('GET', '/v1/nothing'))).toMatchObject({
      status: 404,
      type: 'application/problem+json',
      body: { code: 'route.not_found' },
    });
    expect(await problemOf(await app.send('GET', '/v1/things/%ZZ'))).toMatchObject({
      status: 400,
      body: { code: 'request.malformed' },
    });
  });

  test('a wrong method is a 405 that names the right ones', async () => {
    const response = await app.send('PUT', `/v1/things/${UUID}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, DELETE, HEAD, OPTIONS');
    expect((await app.send('HEAD', '/v1/things')).status).toBe(405);
  });

  test('HEAD answers as GET without a body, OPTIONS tells what is allowed', async () => {
    const head = await app.send('HEAD', '/v1/things/newest');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      '8',
      '',
    ]);
    const options = await app.send('OPTIONS', '/v1/things');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
  });

  test('If-Match with another version is a 412', async () => {
    expect(
      (await app.send('DELETE', `/v1/things/${UUID}`, undefined, { 'if-match': '"1"' })).status,
    ).toBe(412);
    expect(
      (await app.send('DELETE', `/v1/things/${UUID}`, undefined, { 'if-match': '"1", "2"' }))
        .status,
    ).toBe(204);
    expect(
      (await app.send('DELETE', `/v1/things/${UUID}`, undefined, { 'if-match': '*' })).status,
    ).toBe(204);
  });
});

describe('authentication and scopes', () => {
  test('no key is a 401, a key without the scope a 403, before anything else is looked at', async () => {
    const missing = await fetch(`${app.url}/v1/things`, { method: 'POST', body: 'garbage' });
    expect(await problemOf(missing)).toMatchObject({ status: 401, body: { code: 'auth.missing' } });
    expect(missing.headers.get('www-authenticate')).toContain('Bearer');
    const reader = app.newKey('agents:read');
    const forbidden = await app.send('POST', '/v1/things', 'garbage', {
      authorization: `Bearer ${reader}`,
    });
    expect(await problemOf(forbidden)).toMatchObject({
      status: 403,
      body: { code: 'auth.forbidden' },
    });
  });

  test('a field may need a scope of its own, whatever is in it, and a route a type of key', async () => {
    const change = async (key: string, body: unknown) => {
      const headers = { authorization: `Bearer ${key}` };
      return (await app.send('PATCH', '/v1/guarded', body, headers)).status;
    };
    const lesser = app.newKey('alerts:triage');
    expect(await change(lesser, { name: 'a' })).toBe(200);
    for (const level of [3, 'nonsense', null]) {
      expect(await change(lesser, { name: 'a', level })).toBe(403);
    }
    expect(await change(lesser, [])).toBe(422);
    expect(await change(app.newKey('alerts:triage', 'config:write'), { level: 3 })).toBe(200);
    expect(await change(app.newAgentKey('admin'), { name: 'a' })).toBe(403);
  });

  test('too many failures are a 429 with Retry-After, while known keys go on', async () => {
    const own = await startApp(routes);
    const bad = async () =>
      await own.send('GET', '/v1/raw', undefined, { authorization: 'Bearer cai_wrong' });
    try {
      expect((await own.send('GET', '/v1/raw')).status).toBe(200);
      for (let round = 0; round < 5; round += 1) expect((await bad()).status).toBe(401);
      const limited = await bad();
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await own.send('GET', '/v1/raw')).status).toBe(200);
    } finally {
      await own.close();
    }
  });
});

describe('failures of ours', () => {
  test('a defect tells its reader nothing and its log everything', async () => {
    const response = await app.send('GET', '/v1/broken', undefined, { 'x-request-id': 'broken-1' });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toMatch(/hunter2|internal\b(?!\.error)|at /);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal.error' });
    await until(() => {
      const line = app.requestLines().find(({ request_id }) => request_id === 'broken-1');
      expect(line).toMatchObject({ level: 'error', status: 500, error: { name: 'Error' } });
    });
  });

  test('an outage is a 503 that says when to come back', async () => {
    const response = await app.send('GET', '/v1/away');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(await response.text()).not.toContain('db.internal');
  });
});

describe('ids, log lines and metrics', () => {
  test('a request id and a trace are echoed, logged and handed on', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const response = await app.send('GET', '/v1/nothing', undefined, {
      'x-request-id': 'req-1',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    });
    expect(response.headers.get('x-request-id')).toBe('req-1');
    expect(await response.json()).toMatchObject({ trace_id: traceId });
    await until(() =>
      expect(app.requestLines()).toContainEqual(
        expect.objectContaining({
          request_id: 'req-1',
          trace_id: traceId,
          method: 'GET',
          route: 'unmatched',
          status: 404,
          error_code: 'route.not_found',
        }),
      ),
    );
  });

  test.each(['x'.repeat(129), 'a b', '{"level":"error"}'])(
    'the request id %j is replaced',
    async (id) => {
      const response = await app.send('GET', '/v1/nothing', undefined, { 'x-request-id': id });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('routes are counted by template', async () => {
    await app.send('GET', `/v1/things/${UUID}`);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(
      /calseta_http_requests_total\{method="GET",route="\/v1\/things\/\{uuid\}",status="200"\} \d+/,
    );
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(metrics).not.toContain(UUID);
  });

  test('no key and no path with one is ever logged', async () => {
    const secret = app.newKey('agents:read');
    await app.send('GET', `/v1/ingest/splunk/${secret}`, undefined, {
      authorization: `Bearer ${secret}`,
    });
    await app.send('GET', '/v1/raw', undefined, { authorization: `Bearer ${secret}` });
    await until(() =>
      expect(app.requestLines().some(({ key_id }) => key_id === secret.slice(4, 20))).toBe(true),
    );
    expect(app.logs()).not.toContain(secret.slice(21));
  });
});
