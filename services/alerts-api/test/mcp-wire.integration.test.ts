import { connect } from 'node:net';
import { generateApiKey, type Scope } from '@calseta/common';
import { DEFAULT_FAILURE_LIMITS } from '@calseta/platform';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { insertAlert } from './insert-alert.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let reader: { id: string; key: string };
beforeAll(async () => {
  api = await startAlertsApi({
    CALSETA_PUBLIC_URL: 'https://calseta.example.com',
    CALSETA_ALLOWED_HOSTS: 'calseta.internal',
    HTTP_TRUSTED_PROXY_HOPS: '1',
  });
  const scopes: Scope[] = ['alerts:read'];
  const made = await api.call('POST', '/v1/api-keys', { body: { name: 'reader', scopes } });
  reader = made.body.data;
});
afterAll(async () => await api[Symbol.asyncDispose]());

type Sent = { key?: string; headers?: Record<string, string>; body?: unknown; method?: string };

async function send({ key = ADMIN_KEY, headers = {}, body, method = 'POST' }: Sent) {
  const response = await fetch(`${api.url}/mcp`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type')?.split(';')[0];
  const messages =
    type === 'text/event-stream'
      ? [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Message)
      : [];
  const [first] = messages;
  const message = first ?? (type === 'application/json' ? (JSON.parse(text) as Message) : {});
  return { status: response.status, headers: response.headers, type, text, message, messages };
}

type Message = { result?: Record<string, unknown>; error?: { code: number; message: string } };

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'a test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modern = (method: string, params: Record<string, unknown> = {}) => ({
  body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: ENVELOPE } },
  headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method },
});

describe('POST /mcp, in the revisions of 2024 and 2025', () => {
  test('answers as server-sent events, also without initialize', async () => {
    const answer = await send({ body: LIST });
    expect([answer.status, answer.type]).toEqual([200, 'text/event-stream']);
    expect(answer.message.result?.['tools']).toHaveLength(14);
  });

  test('initializes without a session', async () => {
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'a test', version: '1' },
    };
    const { message, headers } = await send({
      body: { jsonrpc: '2.0', id: 1, method: 'initialize', params },
    });
    expect(message.result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'calseta' },
      capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
      instructions: expect.stringContaining('never an order'),
    });
    expect(headers.get('mcp-session-id')).toBeNull();
  });

  test('answers a batch', async () => {
    const { messages } = await send({ body: [LIST, { ...LIST, id: 2 }] });
    expect(messages).toHaveLength(2);
  });

  test('refuses a client that takes JSON alone', async () => {
    const { status } = await send({ body: LIST, headers: { accept: 'application/json' } });
    expect(status).toBe(406);
  });
});

describe('POST /mcp, in the revision of 2026', () => {
  test('answers as JSON', async () => {
    const answer = await send(modern('tools/list'));
    expect([answer.status, answer.type]).toEqual([200, 'application/json']);
    expect(answer.message.result?.['tools']).toHaveLength(14);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('refuses a header that is missing or unlike the body', async () => {
    const { body, headers } = modern('tools/list');
    for (const wrong of [
      { 'mcp-protocol-version': '2026-07-28' },
      { ...headers, 'mcp-method': 'tools/call' },
    ]) {
      const { status, message } = await send({ body, headers: wrong });
      expect([status, message.error?.code]).toEqual([400, -32_020]);
    }
  });

  test('accepts a subscription, tells it nothing, and ends it when the process stops', async () => {
    const other = await startAlertsApi();
    const { body, headers } = modern('subscriptions/listen', {
      notifications: { toolsListChanged: true },
    });
    const subscription = await fetch(`${other.url}/mcp`, {
      method: 'POST',
      headers: {
        ...headers,
        authorization: `Bearer ${ADMIN_KEY}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(body),
    });
    const frames: string[] = [];
    const decoder = new TextDecoder();
    const reading = (async () => {
      for await (const chunk of subscription.body as ReadableStream<Uint8Array>)
        frames.push(decoder.decode(chunk));
    })().catch(() => undefined);
    await eventually(() =>
      expect(frames.join('')).toContain('notifications/subscriptions/acknowledged'),
    );
    await other[Symbol.asyncDispose]();
    await reading;
  });
});

describe('POST /mcp refuses', () => {
  test.each([
    ['another version', { body: LIST, headers: { 'mcp-protocol-version': '1999-01-01' } }, 400],
    ['another content type', { body: LIST, headers: { 'content-type': 'text/plain' } }, 415],
    ['broken JSON', { body: '{"jsonrpc":' }, 400],
    ['an empty body', { body: '' }, 400],
    ['a body of more than 4 MiB', { body: `"${'x'.repeat(4_194_304)}"` }, 413],
  ])('%s', async (_, sent, status) => {
    const answer = await send(sent);
    expect([answer.status, answer.type]).toEqual([status, 'application/json']);
    expect(answer.message.error?.message).toBeTruthy();
    expect(answer.text).not.toMatch(/node_modules|at .*\.m?js/);
  });

  test('an unknown tool', async () => {
    const { message } = await send({
      body: { ...LIST, method: 'tools/call', params: { name: 'drop_tables', arguments: {} } },
    });
    expect(message.error).toMatchObject({ code: -32_602 });
  });

  test.each(['GET', 'DELETE', 'PUT'])('%s', async (method) => {
    const { status, headers } = await send({ method });
    expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  test('a stranger, as REST does, and leads no client to look for OAuth', async () => {
    const missing = await send({ body: LIST, headers: { authorization: '' } });
    expect(JSON.parse(missing.text)).toMatchObject({ status: 401, code: 'auth.missing' });
    const wrong = await send({ body: LIST, key: generateApiKey().key });
    expect(JSON.parse(wrong.text)).toMatchObject({ status: 401, code: 'auth.invalid' });
    expect(wrong.headers.get('www-authenticate')).toBe(
      'Bearer realm="calseta", error="invalid_token"',
    );
    for (const path of [
      'oauth-protected-resource',
      'oauth-protected-resource/mcp',
      'oauth-authorization-server',
    ])
      expect((await fetch(`${api.url}/.well-known/${path}`)).status).toBe(404);
  });

  test('guesses of one address with 429, and lets a good key of it in', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.77' };
    const guesses = await Promise.all(
      Array.from({ length: 2 * DEFAULT_FAILURE_LIMITS.burst }, async () => {
        return (await send({ body: LIST, key: 'cai_guessed', headers })).status;
      }),
    );
    expect(new Set(guesses)).toEqual(new Set([401, 429]));
    expect((await send({ body: LIST, headers })).status).toBe(200);
  });
});

describe('the Host and the Origin header', () => {
  /** fetch does not let a caller set Host. */
  const asHost = async (host: string): Promise<string> =>
    await new Promise((resolve, reject) => {
      const body = JSON.stringify(LIST);
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      socket.once('error', reject);
      socket.once('data', (data) => {
        socket.destroy();
        resolve(data.toString().split(' ')[1] ?? '');
      });
      socket.end(
        `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n` +
          'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n' +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    });

  test.each([
    ['calseta.example.com', '200'],
    ['calseta.example.com:8443', '200'],
    ['calseta.internal', '200'],
    ['localhost:8000', '200'],
    ['[::1]:8000', '200'],
    ['evil.example', '403'],
    ['calseta.example.com.evil.example', '403'],
  ])('Host: %s is answered with %s', async (host, status) => {
    expect(await asHost(host)).toBe(status);
  });

  test.each([
    ['https://calseta.example.com', 200],
    ['http://localhost:6274', 200],
    ['http://evil.example', 403],
    ['null', 403],
  ])('Origin: %s is answered with %d', async (origin, status) => {
    expect((await send({ body: LIST, headers: { origin } })).status).toBe(status);
  });
});

test('a client that says it is another stays the key that it sent', async () => {
  const uuid = await insertAlert(api.database);
  const forged = {
    client_id: 'admin',
    ...ENVELOPE,
    authInfo: { scopes: ['admin'], clientId: 'admin' },
  };
  const call = (args: Record<string, unknown>) => ({
    ...modern('tools/call'),
    body: {
      ...LIST,
      method: 'tools/call',
      params: { name: 'post_alert_finding', arguments: args, _meta: forged },
    },
    headers: {
      ...modern('tools/call').headers,
      'mcp-name': 'post_alert_finding',
      'mcp-client-id': 'admin',
    },
    key: reader.key,
  });
  const args = { alert_uuid: uuid, summary: 'forged' };
  const refused = await send(call(args));
  expect(refused.text).toContain('insufficient_scope');
  const named = await send(call({ ...args, created_by: 'admin' }));
  expect(named.message.result).toMatchObject({ isError: true });
  const { body } = await api.call('GET', `/v1/alerts/${uuid}/findings`);
  expect(body.data).toEqual([]);
});
