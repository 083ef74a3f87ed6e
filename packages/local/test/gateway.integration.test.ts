import { request as httpRequest, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { discardBody } from '@calseta/platform';
import { afterEach, describe, expect, test } from '@jest/globals';
import { findFreePort, startGateway, waitUntil } from '../src/index.js';
import { askRaw } from './support/raw-connection.js';
import { closeAfterTest, closeAll, gatewayTo, startService } from './support/servers.js';

afterEach(closeAll);

/** A service that is ready, and counts all other requests. */
const upstream = async (listener: RequestListener) =>
  (
    await startService((request, response) => {
      if (request.url === '/readyz') response.end();
      else listener(request, response);
    })
  ).url;
const urlOfGatewayTo = async (targets: Parameters<typeof gatewayTo>[0]) =>
  (await gatewayTo(targets)).url;

const named = (name: string) => upstream((_, response) => response.end(name));
const unused = async () => `http://127.0.0.1:${await findFreePort()}`;
const UNAVAILABLE = {
  type: '/docs#error-service.unavailable',
  status: 503,
  code: 'service.unavailable',
};
const textOf = async (url: string, init?: RequestInit) => await (await fetch(url, init)).text();

describe('startGateway', () => {
  test.each([
    ['/v1/ingest', 'ingest'],
    ['/v1/ingest/sentinel?x=1', 'ingest'],
    ['/v1/ingestion', 'api'],
    ['/v1/alerts', 'api'],
    ['/', 'api'],
  ])('sends %s to %s', async (path, expected) => {
    const url = await urlOfGatewayTo({
      ingest: [await named('ingest')],
      api: [await named('api')],
    });
    expect(await textOf(`${url}${path}`)).toBe(expected);
  });

  test('takes replicas in turn, and passes over one that is down', async () => {
    const replicas = [await named('one'), await unused(), await named('two')];
    const url = await urlOfGatewayTo({ ingest: replicas });
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
    const url = await urlOfGatewayTo({ api: [api] });
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
    const { port } = new URL(await urlOfGatewayTo({ api: [api] }));
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
    const response = await fetch(`${await urlOfGatewayTo({ api: [api] })}/v1/stream`);
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
    const url = await urlOfGatewayTo({ api: [api] });
    await fetch(`${url}/v1/stream`, { signal: controller.signal });
    controller.abort();
    expect(await waitUntil(() => hasEnded, { timeoutMs: 5_000, intervalMs: 10 })).toBe(true);
  });

  test('answers 503 problem+json when no replica takes connections', async () => {
    const url = await urlOfGatewayTo({ ingest: [await unused(), await unused()] });
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
    const url = await urlOfGatewayTo({ api: [await upstream(hangUp), await upstream(hangUp)] });
    const response = await fetch(`${url}/v1/x`, { method: 'POST', body: '{}' });
    expect([response.status, calls]).toEqual([503, 1]);
    expect(await response.json()).toMatchObject(UNAVAILABLE);
  });

  test('asks nobody else for a client that has gone', async () => {
    let asked = 0;
    const api = await upstream(() => (asked += 1));
    const controller = new AbortController();
    const url = await urlOfGatewayTo({ api: [api, await upstream(() => (asked += 1))] });
    const asking = fetch(`${url}/v1/x`, { signal: controller.signal });
    await waitUntil(() => asked > 0, { timeoutMs: 5_000, intervalMs: 10 });
    controller.abort();
    await expect(asking).rejects.toThrow();
    expect(await waitUntil(() => asked > 1, { timeoutMs: 500, intervalMs: 10 })).toBe(false);
  });

  test('passes on a refusal that comes before the body has been sent', async () => {
    const api = await upstream((request, response) => {
      response.writeHead(405).end('refused');
      discardBody(request);
    });
    const url = await urlOfGatewayTo({ api: [api] });
    const body = 'x'.repeat(512 * 1_024);
    const answers = new Set<string>();
    for (let round = 0; round < 50; round += 1) {
      const asked = Array.from({ length: 8 }, () => textOf(`${url}/v1/x`, { method: 'PUT', body }));
      for (const answer of await Promise.all(asked)) answers.add(answer);
    }
    expect([...answers]).toEqual(['refused']);
  });

  test('takes a request whose client waits to be told to send its body', async () => {
    const api = await upstream((request, response) => request.pipe(response));
    const { port } = new URL(await urlOfGatewayTo({ api: [api] }));
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
    const url = await urlOfGatewayTo({ api: [api] });
    await expect(textOf(`${url}/v1/x`)).rejects.toThrow();
  });

  test('is alive always, and ready when all are', async () => {
    let status = 503;
    const worker = await startService((_, response) => response.writeHead(status).end());
    const service = await named('service');
    const url = await urlOfGatewayTo({
      ingest: [service],
      api: [service],
      readiness: [`${worker.url}/readyz`],
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const unready = await fetch(`${url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({
      status: 'not_ready',
      not_ready: [`${worker.url}/readyz`],
    });
    status = 200;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test('is not ready when a service cannot be reached', async () => {
    const url = await urlOfGatewayTo({ ingest: [await named('service')], api: [await unused()] });
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not_ready', not_ready: ['alerts-api'] });
  });

  test('leaves out a replica that drains while another is ready', async () => {
    const answers: string[] = [];
    const state = { isDraining: false };
    const replica = async (name: string, isReady: () => boolean) => {
      const { url } = await startService((request, response) => {
        if (request.url === '/readyz') return response.writeHead(isReady() ? 200 : 503).end();
        answers.push(name);
        return response.end(name);
      });
      return url;
    };
    const leaving = await replica('leaving', () => !state.isDraining);
    const staying = await replica('staying', () => true);
    const url = await urlOfGatewayTo({ ingest: [leaving, staying] });
    const post = async () => await textOf(`${url}/v1/ingest/x`, { method: 'POST', body: '{}' });
    const isLeftOut = async () => {
      answers.length = 0;
      for (let count = 0; count < 4; count += 1) await post();
      return !answers.includes('leaving');
    };
    expect(await isLeftOut()).toBe(false);
    state.isDraining = true;
    expect(await waitUntil(isLeftOut, { timeoutMs: 10_000, intervalMs: 20 })).toBe(true);
    state.isDraining = false;
    const isBack = async () => !(await isLeftOut());
    expect(await waitUntil(isBack, { timeoutMs: 10_000, intervalMs: 20 })).toBe(true);
  });

  test('asks a replica that is not ready when there is no other', async () => {
    const draining = await startService((request, response) =>
      response.writeHead(request.url === '/readyz' ? 503 : 202).end(),
    );
    const url = await urlOfGatewayTo({ ingest: [draining.url, await unused()] });
    const post = async () =>
      (await fetch(`${url}/v1/ingest/x`, { method: 'POST', body: '{}' })).status;
    const isUnready = async () => (await fetch(`${url}/readyz`)).status === 503;
    expect(await waitUntil(isUnready, { timeoutMs: 5_000, intervalMs: 20 })).toBe(true);
    expect([await post(), await post(), await post()]).toEqual([202, 202, 202]);
  });

  test.each([
    '/metrics',
    '/metrics?name=x',
    '/metrics/',
    '//metrics',
    '/./metrics',
    '/v1/../metrics',
    '/v1/%2e%2e/metrics',
    '/v1/%252e%252e/metrics',
    '/%6detrics',
    '/%256detrics',
    '/METRICS',
    '/metrics;x=1',
    '/metrics%3Fx',
    '/metrics%00',
    '/metrics#x',
    '/v1/ingest/..%2f..%2fmetrics',
    '\\metrics',
    '/\\metrics',
    '/v1\\..\\metrics',
    'http://127.0.0.1/metrics',
    'HTTP://x/metrics',
    '*',
  ])('lets nobody read the metrics of a service at %s', async (target) => {
    // The most lenient reader of paths that is possible.
    const api = await named('# TYPE calseta_messages counter');
    const { port } = await gatewayTo({ api: [api], ingest: [api] });
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
      const request = `${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
      const answer = await askRaw(port, request, method !== 'HEAD');
      expect([400, 404]).toContain(answer?.status);
      expect(answer?.head).toContain('application/problem+json');
    }
  });

  test.each(['/v1/metrics', '/metricsx', '/v1/alerts?path=/metrics', '/v1/x%2Fmetrics'])(
    'passes %s on as it is',
    async (target) => {
      const api = await upstream((request, response) => response.end(request.url));
      const { port } = await gatewayTo({ api: [api] });
      const answer = await askRaw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(answer?.body ?? answer).toContain(target);
    },
  );

  test('fails to start on a port that is taken', async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, '0.0.0.0', resolve));
    closeAfterTest({ close: () => new Promise((resolve) => other.close(() => resolve())) });
    const { port } = other.address() as AddressInfo;
    await expect(startGateway({ port, ingest: [], api: [] })).rejects.toThrow('EADDRINUSE');
  });
});
