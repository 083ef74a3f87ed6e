import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { eventually } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

const MEMORY_BYTES = 33_554_432;
const MCP_BYTES = 4_194_304;
const LASTING_BYTES = 65_536;
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

let api: TestAlertsApi;
const sockets: Socket[] = [];
beforeAll(async () => {
  api = await startAlertsApi({
    API_MAX_BODY_MEMORY_BYTES: String(MEMORY_BYTES),
    CALSETA_SLACK_SIGNING_SECRET: 'signs-clicks-of-these-tests-0123',
  });
});
afterAll(async () => await api[Symbol.asyncDispose]());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Sends all of a body but its last byte, and waits. */
function sendUnfinished(path: string, bytes: number): void {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
  );
  socket.write(Buffer.alloc(bytes - 1, ' '));
}

async function sendMcp(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('the bodies of all requests together', () => {
  test('hold no more memory than is given to them, over REST, MCP and callbacks', async () => {
    for (let held = 0; held < MEMORY_BYTES; held += MCP_BYTES) sendUnfinished('/mcp', MCP_BYTES);
    await eventually(async () => {
      const { status, headers, text } = await sendMcp(JSON.stringify(PING));
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect(JSON.parse(text)).toMatchObject({
        error: { message: 'service.overloaded: Too many request bodies are in work.' },
      });
    });
    const refused = await api.call('POST', '/v1/agents', { body: { name: 'one too many' } });
    expect([refused.status, refused.body['code']]).toEqual([503, 'service.overloaded']);
    const clicked = await fetch(`${api.url}/v1/workflow-approvals/callbacks/slack`, {
      method: 'POST',
      body: 'payload=of-nobody-known',
    });
    expect(clicked.status).toBe(503);
    // A request without a body takes none.
    expect((await api.call('GET', '/v1/alerts')).status).toBe(200);

    for (const socket of sockets) socket.destroy();
    await eventually(async () => {
      expect((await sendMcp(JSON.stringify(PING))).status).toBe(200);
    });
    const made = await api.call('POST', '/v1/context-documents', {
      body: { title: 'Free again', doc_type: 'other', content: 'x', is_global: true },
    });
    expect(made.status).toBe(201);
  });
});

describe('the body of an MCP request', () => {
  const padded = (bytes: number): string => JSON.stringify(PING).padEnd(bytes);

  test('has 4 MiB at most, also where nothing announces its length', async () => {
    expect((await sendMcp(padded(MCP_BYTES))).status).toBe(200);
    const refused = await sendMcp(gzipSync(padded(MCP_BYTES + 1)), { 'content-encoding': 'gzip' });
    expect(refused.status).toBe(413);
    expect(JSON.parse(refused.text)).toMatchObject({
      jsonrpc: '2.0',
      error: { code: -32_000, message: expect.stringContaining('request.too_large: ') },
    });
  });

  test('is read when it is packed', async () => {
    const answer = await sendMcp(gzipSync(padded(1_000)), { 'content-encoding': 'gzip' });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"result":{}')]);
  });

  test('has 64 KiB at most where the answer lasts', async () => {
    const lasting = { 'mcp-method': 'subscriptions/listen' };
    expect((await sendMcp(padded(LASTING_BYTES + 1), lasting)).status).toBe(413);
    expect((await sendMcp(padded(LASTING_BYTES), lasting)).status).not.toBe(413);
  });
});
