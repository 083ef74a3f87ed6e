import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MAX_UNDER_WAY } from '../src/gateway/create-upstream.js';
import { waitUntil } from '../src/index.js';
import { openRaw, type RawConnection } from './support/raw-connection.js';
import { bodyOf, closeAll, gatewayTo, startService } from './support/servers.js';

afterEach(closeAll);

const SOON = { timeoutMs: 10_000, intervalMs: 10 };
const CLIENTS_THAT_LEAVE = 80;
/** More than the buffers of a connection hold. */
const LONG = Buffer.alloc(32_000_000, 'x');
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** A service that answers at once, with a long body, or never. */
async function startSlowOrNot() {
  const state = { underWay: 0, most: 0, begun: 0 };
  const service = await startService((request, response) => {
    if (request.url === '/readyz') return response.end();
    state.begun += 1;
    state.underWay += 1;
    state.most = Math.max(state.most, state.underWay);
    response.once('close', () => (state.underWay -= 1));
    if (request.url === '/never') return response;
    return response.end(request.url === '/long' ? LONG : request.url);
  });
  return { ...service, state };
}

const statusOf = async (url: string) => (await fetch(url)).status;

describe('a client that does not read', () => {
  test('and sends 700 requests, holds one of the service, and leaves nothing behind', async () => {
    const service = await startSlowOrNot();
    const gateway = await gatewayTo({ api: [service.url], ingest: [service.url] });
    for (let round = 0; round < 5; round += 1) {
      const client = await openRaw(gateway.port);
      client.stopReading();
      client.send(get('/long').repeat(700));
      const isStuck = () => service.state.underWay === 1;
      expect(await waitUntil(isStuck, SOON)).toBe(true);
      expect(await statusOf(`${gateway.url}/readyz`)).toBe(200);
      client.reset();
      expect(await waitUntil(() => service.state.underWay === 0, SOON)).toBe(true);
      for (const path of ['/v1/x', '/v1/ingest/x', '/readyz', '/livez']) {
        expect(await statusOf(gateway.url + path)).toBe(200);
      }
    }
    expect(service.state.most).toBeLessThanOrEqual(2);
  });

  test('keeps nothing of the service when it leaves before the service is asked', async () => {
    const service = await startSlowOrNot();
    const gateway = await gatewayTo({ api: [service.url] });
    for (let count = 0; count < CLIENTS_THAT_LEAVE; count += 1) {
      const client = await openRaw(gateway.port);
      client.send(get('/first'));
      expect((await client.next())?.body).toBe('/first');
      client.send(get('/never'));
      for (let turn = 0; turn < count % 8; turn += 1) await setImmediate();
      client.reset();
    }
    expect(await waitUntil(() => service.connections() === 0, SOON)).toBe(true);
  });

  test('is cut off in time, and what it held is free', async () => {
    const service = await startSlowOrNot();
    const lines: string[] = [];
    const gateway = await gatewayTo({
      api: [service.url],
      limits: { unreadTimeoutMs: 300 },
      say: (line) => lines.push(line),
    });
    const client = await openRaw(gateway.port);
    client.stopReading();
    client.send(get('/long'));
    expect(await waitUntil(() => lines.length > 0, SOON)).toBe(true);
    expect(await waitUntil(() => service.connections() === 0, SOON)).toBe(true);
    expect(lines).toEqual(['A connection of 127.0.0.1 is cut (unread_timeout)']);
    client.reset();
  });

  test('ends what it has begun when it goes away while the service works', async () => {
    const service = await startSlowOrNot();
    const gateway = await gatewayTo({ api: [service.url] });
    const client = await openRaw(gateway.port);
    client.send(get('/never'));
    expect(await waitUntil(() => service.state.underWay === 1, SOON)).toBe(true);
    client.reset();
    expect(await waitUntil(() => service.connections() === 0, SOON)).toBe(true);
  });
});

describe('a service that says nothing', () => {
  const limits = { silenceTimeoutMs: 300 };

  test('is given up', async () => {
    const service = await startSlowOrNot();
    const gateway = await gatewayTo({ api: [service.url], limits });
    const answer = await fetch(`${gateway.url}/never`);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: 'service.unavailable' },
    ]);
    expect(await waitUntil(() => service.connections() === 0, SOON)).toBe(true);
  });

  test('is given up in the middle of an answer, which the client gets to know', async () => {
    const service = await startService((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
    });
    const gateway = await gatewayTo({ api: [service.url], limits });
    const answer = await fetch(`${gateway.url}/v1/x`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(await waitUntil(() => service.connections() === 0, SOON)).toBe(true);
  });
});

describe('requests that come before the answers', () => {
  test('are answered in turn, each with its own', async () => {
    const service = await startSlowOrNot();
    const gateway = await gatewayTo({ api: [service.url] });
    const client = await openRaw(gateway.port);
    const paths = Array.from({ length: 100 }, (_, index) => `/turn/${index}`);
    client.send(paths.map(get).join(''));
    for (const path of paths) expect((await client.next())?.body).toBe(path);
    expect(service.state.most).toBe(1);
    client.reset();
  });

  test('are answered before what cannot be read is refused', async () => {
    const service = await startSlowOrNot();
    const gateway = await gatewayTo({ api: [service.url] });
    const client = await openRaw(gateway.port);
    client.send(`${get('/first')}${get('/second')}GARBAGE\r\n\r\n`);
    expect(await client.next()).toMatchObject({ status: 200, body: '/first' });
    expect(await client.next()).toMatchObject({ status: 200, body: '/second' });
    expect(await client.next()).toMatchObject({ status: 400 });
    await client.closed;
  });
});

describe('a body that breaks off', () => {
  test.each([
    ['in a bad chunk', 'Transfer-Encoding: chunked', '3\r\nabc\r\nnone\r\n'],
    ['in a client that leaves', 'Content-Length: 10', 'abc'],
  ])('%s never reaches the service as a whole', async (_, line, content) => {
    const bodies: string[] = [];
    const state = { begun: 0, broken: 0 };
    const service = await startService((request, response) => {
      state.begun += 1;
      bodyOf(request).then(
        (body) => {
          bodies.push(body);
          response.end();
        },
        () => (state.broken += 1),
      );
    });
    const gateway = await gatewayTo({ api: [service.url] });
    const client = await openRaw(gateway.port);
    client.send(`POST /v1/x HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`);
    expect(await waitUntil(() => state.begun === 1, SOON)).toBe(true);
    client.send(content);
    if (content.includes('none')) expect((await client.next())?.status).toBe(400);
    client.reset();
    expect(await waitUntil(() => state.broken === 1, SOON)).toBe(true);
    expect(bodies).toEqual([]);
    expect(await waitUntil(() => service.connections() === 0, SOON)).toBe(true);
  });
});

describe('a service that is given all that it may be', () => {
  test('gets no more, and is not ready until something ends', async () => {
    const service = await startSlowOrNot();
    const other = await startSlowOrNot();
    const lines: string[] = [];
    const gateway = await gatewayTo({
      api: [service.url],
      ingest: [other.url],
      say: (line) => lines.push(line),
    });
    const clients: RawConnection[] = [];
    for (let count = 0; count < MAX_UNDER_WAY; count += 1) {
      const client = await openRaw(gateway.port);
      client.send(get('/never'));
      clients.push(client);
    }
    const isFull = () => service.state.underWay === MAX_UNDER_WAY;
    expect(await waitUntil(isFull, { ...SOON, timeoutMs: 30_000 })).toBe(true);

    const refused = await fetch(`${gateway.url}/v1/x`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ code: 'service.overloaded' });
    const unready = await fetch(`${gateway.url}/readyz`);
    expect([unready.status, await unready.json()]).toEqual([
      503,
      { status: 'not_ready', not_ready: ['alerts-api'] },
    ]);
    expect(await statusOf(`${gateway.url}/v1/ingest/x`)).toBe(200);

    expect(lines).toEqual(['alerts-api has 1024 requests under way; more are refused']);
    clients.pop()!.reset();
    const isReady = async () => (await statusOf(`${gateway.url}/readyz`)) === 200;
    expect(await waitUntil(isReady, SOON)).toBe(true);
    // The place of a request is free a moment after its answer.
    const isTaken = async () => (await statusOf(`${gateway.url}/v1/x`)) === 200;
    expect(await waitUntil(isTaken, SOON)).toBe(true);
    for (const client of clients) client.reset();
  }, 60_000);
});
