import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { findFreePort, startGateway, waitUntil } from '../src/index.js';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function upstream(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gatewayTo(targets: { ingest?: string[]; api?: string[]; readiness?: string[] }) {
  const gateway = await startGateway({ port: 0, ingest: [], api: [], ...targets });
  open.push(gateway);
  return gateway.url;
}

const named = (name: string) => upstream((_, response) => response.end(name));
const unused = async () => `http://127.0.0.1:${await findFreePort()}`;
const UNAVAILABLE = {
  type: '/docs#error-service.unavailable',
  status: 503,
  code: 'service.unavailable',
};
const RESET_AFTER_MS = 50;
const textOf = async (url: string, init?: RequestInit) => await (await fetch(url, init)).text();

describe('startGateway', () => {
  test.each([
    ['/v1/ingest', 'ingest'],
    ['/v1/ingest/sentinel?x=1', 'ingest'],
    ['/v1/ingestion', 'api'],
    ['/v1/alerts', 'api'],
    ['/', 'api'],
  ])('sends %s to %s', async (path, expected) => {
    const url = await gatewayTo({ ingest: [await named('ingest')], api: [await named('api')] });
    expect(await textOf(`${url}${path}`)).toBe(expected);
  });

  test('takes replicas in turn, and passes over one that is down', async () => {
    const replicas = [await named('one'), await unused(), await named('two')];
    const url = await gatewayTo({ ingest: replicas });
    const post = () => textOf(`${url}/v1/ingest/x`, { method: 'POST', body: '{"a":1}' });
    const answers = [await post(), await post(), await post()];
    expect(new Set(answers)).toEqual(new Set(['one', 'two']));
  });

  test('passes method, headers, query and body on, and status and headers back', async () => {
    const api = await upstream((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        const body = Buffer.concat(chunks).toString();
        response.writeHead(418, { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
        response.end(JSON.stringify({ method, url, headers, body }));
      });
    });
    const url = await gatewayTo({ api: [api] });
    const init = { method: 'PATCH', body: 'bödy', headers: { authorization: 'Bearer k' } };
    const response = await fetch(`${url}/v1/x?y=%20z`, init);
    expect(response.status).toBe(418);
    expect(response.headers.get('x-answer')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      method: 'PATCH',
      url: '/v1/x?y=%20z',
      body: 'bödy',
      headers: { authorization: 'Bearer k', 'x-forwarded-for': expect.stringMatching('127.0.0.1') },
    });
  });

  test('frames a chunked body whatever the method', async () => {
    const api = await upstream((request, response) => {
      let length = 0;
      request.on('data', (chunk: Buffer) => (length += chunk.length));
      request.on('end', () => response.end(String(length)));
    });
    const { port } = new URL(await gatewayTo({ api: [api] }));
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { 'transfer-encoding': 'chunked' };
      const request = httpRequest(
        { port, method: 'DELETE', path: '/v1/x', headers },
        (response) => {
          response.on('data', (chunk: Buffer) => resolve(chunk.toString()));
        },
      );
      request.once('error', reject);
      request.write('12345');
      request.end('678');
    });
    expect(answer).toBe('8');
  });

  test('streams an answer while it is still being made', async () => {
    let finish = () => undefined as unknown;
    const api = await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      finish = () => response.end('data: last\n\n');
    });
    const response = await fetch(`${await gatewayTo({ api: [api] })}/v1/stream`);
    const reader = response.body!.getReader();
    const next = async () => {
      const { value } = (await reader.read()) as { value: Uint8Array };
      return new TextDecoder().decode(value);
    };
    expect(await next()).toBe('data: first\n\n');
    finish();
    expect(await next()).toBe('data: last\n\n');
    expect((await reader.read()).done).toBe(true);
  });

  test('ends the request to the service when the client goes away', async () => {
    let hasEnded = false;
    const api = await upstream((request, response) => {
      response.write('begun');
      request.once('close', () => (hasEnded = true));
    });
    const controller = new AbortController();
    const url = await gatewayTo({ api: [api] });
    await fetch(`${url}/v1/stream`, { signal: controller.signal });
    controller.abort();
    expect(await waitUntil(() => hasEnded, { timeoutMs: 5_000, intervalMs: 10 })).toBe(true);
  });

  test('answers 503 problem+json when no replica takes connections', async () => {
    const url = await gatewayTo({ ingest: [await unused(), await unused()] });
    const response = await fetch(`${url}/v1/ingest/x`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject(UNAVAILABLE);
  });

  test('answers 503 when the service hangs up, and does not send the request twice', async () => {
    let calls = 0;
    const hangUp: RequestListener = (request) => {
      calls += 1;
      request.socket.destroy();
    };
    const url = await gatewayTo({ api: [await upstream(hangUp), await upstream(hangUp)] });
    const response = await fetch(`${url}/v1/x`, { method: 'POST', body: '{}' });
    expect([response.status, calls]).toEqual([503, 1]);
    expect(await response.json()).toMatchObject(UNAVAILABLE);
  });

  test.each([
    ['GET', undefined],
    ['POST', 'a body'],
    ['DELETE', 'a body'],
  ])(
    'asks another replica when one resets the connection before it reads the %s',
    async (method, body) => {
      const resetting = createTcpServer((socket) => {
        // Late enough for the gateway to see a connection, and what it sends into it.
        setTimeout(() => socket.resetAndDestroy(), RESET_AFTER_MS);
      });
      await new Promise<void>((resolve) => resetting.listen(0, '127.0.0.1', resolve));
      open.push({ close: () => new Promise((resolve) => resetting.close(() => resolve())) });
      const { port } = resetting.address() as AddressInfo;
      const bodies: string[] = [];
      const reading = await upstream((request, response) => {
        request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
        request.on('end', () => response.end('read'));
      });
      const url = await gatewayTo({ api: [`http://127.0.0.1:${port}`, reading] });
      const init = { method, ...(body !== undefined && { body }) };
      expect(await textOf(`${url}/v1/x`, init)).toBe('read');
      expect(bodies).toEqual(body === undefined ? [] : [body]);
    },
  );

  test('asks nobody else for a client that has gone', async () => {
    let asked = 0;
    const api = await upstream(() => (asked += 1));
    const controller = new AbortController();
    const url = await gatewayTo({ api: [api, await upstream(() => (asked += 1))] });
    const asking = fetch(`${url}/v1/x`, { signal: controller.signal });
    await waitUntil(() => asked > 0, { timeoutMs: 5_000, intervalMs: 10 });
    controller.abort();
    await expect(asking).rejects.toThrow();
    expect(await waitUntil(() => asked > 1, { timeoutMs: 500, intervalMs: 10 })).toBe(false);
  });

  test('takes a request whose client waits to be told to send its body', async () => {
    const api = await upstream((request, response) => request.pipe(response));
    const { port } = new URL(await gatewayTo({ api: [api] }));
    const headers = { expect: '100-continue', 'content-length': '4' };
    const answer = await new Promise<string>((resolve, reject) => {
      const request = httpRequest({ port, method: 'POST', path: '/v1/x', headers }, (response) =>
        response.once('data', (chunk: Buffer) => resolve(chunk.toString())),
      );
      request.once('error', reject);
      request.once('continue', () => request.end('body'));
    });
    expect(answer).toBe('body');
  });

  test('tells the client when the service breaks off in the middle of an answer', async () => {
    const api = await upstream((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const url = await gatewayTo({ api: [api] });
    await expect(textOf(`${url}/v1/x`)).rejects.toThrow();
  });

  test('is alive always, and ready when all are', async () => {
    let status = 503;
    const service = await upstream((_, response) => response.writeHead(status).end());
    const url = await gatewayTo({ readiness: [`${service}/readyz`] });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const unready = await fetch(`${url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({ status: 'not_ready' });
    status = 200;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test.each(['GET', 'HEAD', 'POST'])('lets nobody %s the metrics of a service', async (method) => {
    const url = await gatewayTo({ api: [await named('# TYPE calseta_messages counter')] });
    const response = await fetch(`${url}/metrics?name=x`, { method });
    expect(response.status).toBe(404);
    const text = await response.text();
    if (method !== 'HEAD') {
      expect(JSON.parse(text)).toMatchObject({
        type: '/docs#error-route.not_found',
        code: 'route.not_found',
      });
    }
  });

  test('fails to start on a port that is taken', async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, '0.0.0.0', resolve));
    open.push({ close: () => new Promise((resolve) => other.close(() => resolve())) });
    const { port } = other.address() as AddressInfo;
    await expect(startGateway({ port, ingest: [], api: [] })).rejects.toThrow('EADDRINUSE');
  });
});
