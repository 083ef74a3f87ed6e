import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  createEgressGuard,
  createGuardedAxios,
  createNameResolver,
  createOutboundHttp,
  type EgressGuard,
  type OutboundRequest,
} from '@calseta/platform';
import { startDnsServer } from '@calseta/testing';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const loopback = createEgressGuard({ allow: ['127.0.0.0/8'] });
const strict = createEgressGuard({ allow: [] });

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    if (server instanceof http.Server) server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = async (handler: http.RequestListener) => await listen(http.createServer(handler));

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server whose raw answer to the nth request comes from the test. */
async function answerByHand(answer: (socket: Socket, requests: number) => unknown) {
  const seen = { requests: 0 };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      seen.requests += 1;
      answer(socket, seen.requests);
    });
  });
  return { url: await listen(server), seen };
}

function client(guard: EgressGuard = loopback, limits = {}) {
  const outbound = createOutboundHttp({ guard, limits });
  closers.push(async () => await outbound[Symbol.asyncDispose]());
  return outbound;
}

const request = (overrides: Partial<OutboundRequest> = {}): OutboundRequest => ({
  headers: { 'content-type': 'application/json' },
  body: '{"a":"ü"}',
  timeoutMs: 2_000,
  maxResponseBytes: 1_000,
  ...overrides,
});

describe('get', () => {
  test('asks without a body, through the guard, and follows no redirect', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((req, res) => {
      seen.push(req.method, req.headers['content-length'], req.url);
      res.writeHead(302, { location: '/elsewhere' }).end('moved');
    });
    const { timeoutMs, maxResponseBytes } = request();
    const asked = { headers: {}, timeoutMs, maxResponseBytes };
    expect(await client().get(`${url}/?a=1`, asked)).toMatchObject({
      kind: 'response',
      status: 302,
      body: 'moved',
    });
    expect(seen).toEqual(['GET', undefined, '/?a=1']);
    expect(await client(strict).get(url, asked)).toMatchObject({ kind: 'blocked' });
  });
});

describe('post', () => {
  test('sends method, headers and body, and returns status, headers and body', async () => {
    let seen: unknown;
    const url = await serve((incoming, answer) => {
      let body = '';
      incoming.on('data', (chunk) => (body += String(chunk)));
      incoming.on('end', () => {
        const { method, headers } = incoming;
        seen = { method, body, length: headers['content-length'], type: headers['content-type'] };
        answer.writeHead(201, { 'x-answer': 'yes' }).end('thanks');
      });
    });
    expect(await client().post(`${url}/hook`, request())).toMatchObject({
      kind: 'response',
      status: 201,
      headers: { 'x-answer': 'yes' },
      body: 'thanks',
      truncated: false,
    });
    expect(seen).toEqual({
      method: 'POST',
      body: '{"a":"ü"}',
      length: '10',
      type: 'application/json',
    });
  });

  test('does not follow a redirect', async () => {
    let reached = 0;
    const inside = await serve((_incoming, answer) => {
      reached += 1;
      answer.end('secret');
    });
    const url = await serve((_incoming, answer) =>
      answer.writeHead(307, { location: `${inside}/latest/meta-data` }).end(),
    );
    expect(await client().post(url, request())).toMatchObject({ kind: 'response', status: 307 });
    expect(reached).toBe(0);
  });

  test('reads no more of the answer than allowed, to the byte', async () => {
    const url = await serve((_incoming, answer) => answer.end('x'.repeat(100)));
    const outbound = client();
    expect(await outbound.post(url, request({ maxResponseBytes: 100 }))).toMatchObject({
      body: 'x'.repeat(100),
      truncated: false,
    });
    expect(await outbound.post(url, request({ maxResponseBytes: 99 }))).toMatchObject({
      body: 'x'.repeat(99),
      truncated: true,
    });
  });

  test('lets go of an endless answer', async () => {
    let closed = false;
    const url = await serve((_incoming, answer) => {
      answer.on('close', () => (closed = true));
      const pump = () => {
        while (!answer.destroyed && answer.write('x'.repeat(16_384)));
        answer.once('drain', pump);
      };
      pump();
    });
    expect(await client().post(url, request())).toMatchObject({ status: 200, truncated: true });
    await loopbackTurn(() => closed);
    expect(closed).toBe(true);
  });

  test('times out on a server that never answers', async () => {
    const url = await serve(() => undefined);
    const started = Date.now();
    expect(await client().post(url, request({ timeoutMs: 150 }))).toEqual({
      kind: 'timeout',
      error: 'no answer within 150 ms',
    });
    expect(Date.now() - started).toBeLessThan(1_500);
  });

  test.each([
    ['its own time', 20_000, 'its body had not ended after 2000 ms'],
    ['the time of the request', 150, 'its body had not ended when its time was over'],
  ])(
    'keeps the status of a body that streams on for longer than %s',
    async (_name, timeoutMs, note) => {
      let isClosed = false;
      const url = await serve((_incoming, answer) => {
        answer.on('close', () => (isClosed = true));
        answer.write('{"ok":');
      });
      const started = Date.now();
      expect(await client().post(url, request({ timeoutMs }))).toMatchObject({
        kind: 'response',
        status: 200,
        body: '{"ok":',
        note,
      });
      expect(Date.now() - started).toBeLessThan(4_000);
      await loopbackTurn(() => isClosed);
      expect(isClosed).toBe(true);
    },
  );

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('unpacks %s, asked or not', async (encoding, pack) => {
    const url = await serve((_incoming, answer) => {
      answer.setHeader('content-encoding', encoding);
      answer.end(pack('{"taken":"gern, schön"}'));
    });
    expect(await client().post(url, request())).toMatchObject({
      status: 200,
      body: '{"taken":"gern, schön"}',
      truncated: false,
    });
  });

  test('unpacks no more than allowed, and what came of a cut one', async () => {
    const bomb = gzipSync('x'.repeat(10_000_000));
    const cut = gzipSync(Array.from({ length: 500 }, () => Math.random()).join(' '));
    const url = await serve((incoming, answer) => {
      answer.setHeader('content-encoding', 'gzip');
      answer.end(incoming.url === '/bomb' ? bomb : cut);
    });
    const outbound = client();
    expect(await outbound.post(`${url}/bomb`, request({ maxResponseBytes: 1_000 }))).toMatchObject({
      body: 'x'.repeat(1_000),
      truncated: true,
    });
    expect(await outbound.post(`${url}/cut`, request({ maxResponseBytes: 1_000 }))).toMatchObject({
      body: expect.stringMatching(/^0\.\d+ 0\./) as unknown,
      truncated: true,
    });
  });

  test('notes a body that is not what it says, and keeps it', async () => {
    const url = await serve((_incoming, answer) => {
      answer.setHeader('content-encoding', 'gzip');
      answer.end('plain');
    });
    expect(await client().post(url, request())).toMatchObject({
      status: 200,
      body: 'plain',
      note: 'its body says that it is gzip, and is not',
    });
  });

  test('connects to nothing that DNS did not say when it was judged, however DNS changes its mind', async () => {
    const dns = await startDnsServer();
    closers.push(async () => await dns[Symbol.asyncDispose]());
    // The guard allows only the first address.
    const [first, other] = ['127.0.0.2', '127.0.0.1'];
    dns.respondWith((_question, index) => ({
      addresses: [index === 0 ? first : other],
      ttlSeconds: 0,
    }));
    const { resolve, close } = createNameResolver({ servers: [dns.address] });
    closers.push(async () => close());
    const guard = createEgressGuard({ allow: [first], resolve });
    const reached: (string | undefined)[] = [];
    const server = http.createServer((incoming, answer) => {
      reached.push(incoming.socket.localAddress);
      answer.writeHead(200, { connection: 'close' }).end();
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    closers.push(async () => await new Promise((done) => server.close(done)));
    const url = `http://rebound.example:${(server.address() as AddressInfo).port}/`;
    const outbound = client(guard);
    expect(await outbound.post(url, request())).toMatchObject({ kind: 'response', status: 200 });
    for (let round = 0; round < 3; round += 1) {
      expect(await outbound.post(url, request())).toMatchObject({ kind: 'blocked' });
    }
    expect(reached).toEqual([first]);
  });

  test('tells a name that does not exist from one that could not be learnt', async () => {
    const dns = await startDnsServer();
    closers.push(async () => await dns[Symbol.asyncDispose]());
    dns.respondWith(({ name }) => ({ failure: name === 'none.example' ? 'NXDOMAIN' : 'REFUSED' }));
    const { resolve } = createNameResolver({ servers: [dns.address] });
    const outbound = client(createEgressGuard({ allow: [], resolve }));
    expect(await outbound.post('http://none.example/', request())).toEqual({
      kind: 'unreachable',
      error: 'ENOTFOUND',
    });
    expect(await outbound.post('http://unknown.example/', request())).toEqual({
      kind: 'unreachable',
      error: 'EAI_AGAIN',
    });
  });

  test('times out on a name that does not resolve in time', async () => {
    const guard = createEgressGuard({ allow: [], resolve: async () => await new Promise(() => 0) });
    expect(
      await client(guard).post('http://slow.example.com/', request({ timeoutMs: 100 })),
    ).toMatchObject({ kind: 'timeout' });
  });

  test('says that nobody listens', async () => {
    expect(await client().post('http://127.0.0.1:9/', request())).toMatchObject({
      kind: 'blocked',
    });
    const url = await serve(() => undefined);
    await closers.pop()?.();
    expect(await client().post(url, request())).toEqual({
      kind: 'unreachable',
      error: 'ECONNREFUSED',
    });
  });

  test('says that the answer is not HTTP', async () => {
    const url = await listen(createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH\r\n')));
    expect(await client().post(url, request())).toMatchObject({ kind: 'unreachable' });
  });

  test('reports headers that cannot be sent without repeating them', async () => {
    const url = await serve((_incoming, answer) => answer.end());
    const result = await client().post(
      url,
      request({ headers: { authorization: 'hunter2\nx: y' } }),
    );
    expect(result).toEqual({ kind: 'unreachable', error: 'ERR_INVALID_CHAR' });
  });

  test('rejects when the caller gives up', async () => {
    const url = await serve(() => undefined);
    const caller = new AbortController();
    const result = client().post(url, request({ signal: caller.signal }));
    caller.abort(new Error('draining'));
    await expect(result).rejects.toThrow('draining');
  });

  test('says that an idle connection was closed under a post, and repeats a get at once', async () => {
    let connections = 0;
    const server = http.createServer((_incoming, answer) => answer.end('ok'));
    server.on('connection', (socket) => {
      connections += 1;
      // Resets the connection at its second request, like a server whose idle time-out has just ended.
      let seen = 0;
      socket.prependListener('data', () => {
        seen += 1;
        if (seen > 1) socket.resetAndDestroy();
      });
    });
    const url = await listen(server);
    const outbound = client();
    expect(await outbound.post(url, request())).toMatchObject({ status: 200 });
    // The pool takes a connection back a turn after its answer.
    await delay(20);
    expect(await outbound.post(url, request())).toEqual({
      kind: 'interrupted',
      error: 'it closed a connection that was kept open, without an answer',
    });
    expect(await outbound.post(url, request())).toMatchObject({ status: 200 });
    await delay(20);
    const { timeoutMs, maxResponseBytes } = request();
    const asked = { headers: {}, timeoutMs, maxResponseBytes };
    expect(await outbound.get(url, asked)).toMatchObject({ status: 200 });
    expect(connections).toBe(3);
  });

  test('takes the status of what breaks off afterwards, and repeats nothing', async () => {
    const { url, seen } = await answerByHand((socket, requests) => {
      if (requests === 1) socket.write(OK);
      else {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => {
          setTimeout(() => socket.resetAndDestroy(), 20);
        });
      }
    });
    const outbound = client();
    expect(await outbound.post(url, request())).toMatchObject({ kind: 'response', status: 200 });
    expect(await outbound.post(url, request())).toMatchObject({
      kind: 'response',
      status: 200,
      body: 'half',
      note: 'its body broke off: ECONNRESET',
    });
    await delay(50);
    expect(seen.requests).toBe(2);
  });

  test('does not repeat what a new connection lost', async () => {
    const { url, seen } = await answerByHand((socket) => socket.resetAndDestroy());
    expect(await client().post(url, request())).toEqual({
      kind: 'unreachable',
      error:
        'ECONNRESET: it closed the connection without an answer; if the port speaks TLS, the URL has to begin with https://',
    });
    expect(seen.requests).toBe(1);
  });

  test('passes over requests whose time was up, and leaves the connections to others', async () => {
    const paths: (string | undefined)[] = [];
    let connections = 0;
    const server = http.createServer((incoming, answer) => {
      paths.push(incoming.url);
      setTimeout(() => answer.end(), 200);
    });
    server.on('connection', () => (connections += 1));
    const url = await listen(server);
    const outbound = client(loopback, { maxSocketsPerOrigin: 2 });
    const slow = ['/a', '/b'].map(async (path) => await outbound.post(url + path, request()));
    const late = Array.from(
      { length: 10 },
      async () => await outbound.post(`${url}/late`, request({ timeoutMs: 50 })),
    );
    for (const result of late) expect(await result).toMatchObject({ kind: 'timeout' });
    for (const result of slow) expect(await result).toMatchObject({ status: 200 });
    expect(await outbound.post(`${url}/next`, request())).toMatchObject({ status: 200 });
    expect(paths).toEqual(['/a', '/b', '/next']);
    expect(connections).toBe(2);
  });

  test('repeats what had not even started when its idle connection was reset', async () => {
    const sockets: Socket[] = [];
    const server = http.createServer((_incoming, answer) => answer.end('ok'));
    server.on('connection', (socket) => sockets.push(socket));
    const url = await listen(server);
    const outbound = client();
    expect(await outbound.post(url, request())).toMatchObject({ status: 200 });
    // After a timer, the event loop sees the reset before it writes the request.
    await delay(20);
    sockets[0]?.resetAndDestroy();
    expect(await outbound.post(url, request())).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(2);
  });

  test.each(['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'])(
    'repeats nothing to which %j came',
    async (head) => {
      const { url, seen } = await answerByHand((socket, requests) =>
        socket.write(requests === 1 ? OK : head + OK),
      );
      const outbound = client();
      expect(await outbound.post(url, request())).toMatchObject({ status: 200 });
      expect(await outbound.post(url, request())).toMatchObject({ kind: 'unreachable' });
      expect(seen.requests).toBe(2);
    },
  );

  test('takes the status of a 204 that announces a body', async () => {
    const { url } = await answerByHand((socket) =>
      socket.end('HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok'),
    );
    expect(await client().post(url, request())).toMatchObject({ kind: 'response', status: 204 });
  });

  /** Accepts connections, but never starts TLS. */
  async function listenMute() {
    const seen = { open: 0 };
    const server = createServer((socket) => {
      seen.open += 1;
      socket.on('error', () => undefined);
      socket.on('close', () => (seen.open -= 1));
      socket.resume();
    });
    return { url: (await listen(server)).replace('http:', 'https:'), seen };
  }

  test('gives up a connection that takes too long', async () => {
    const { url } = await listenMute();
    const outbound = createOutboundHttp({ guard: loopback, connectTimeoutMs: 200 });
    closers.push(async () => await outbound[Symbol.asyncDispose]());
    expect(await outbound.post(url, request({ timeoutMs: 20_000 }))).toEqual({
      kind: 'unreachable',
      error: 'ETIMEDOUT',
    });
  });

  test('gives up connections that are still being made when it is closed', async () => {
    const { url, seen } = await listenMute();
    const outbound = createOutboundHttp({ guard: loopback });
    expect(await outbound.post(url, request({ timeoutMs: 100 }))).toMatchObject({
      kind: 'timeout',
    });
    expect(seen.open).toBe(1);
    await outbound[Symbol.asyncDispose]();
    await loopbackTurn(() => seen.open === 0);
    expect(seen.open).toBe(0);
  });

  test('times out though the request still waits for a connection', async () => {
    const url = await serve(() => undefined);
    const outbound = client(loopback, { maxSocketsPerOrigin: 1 });
    const holding = outbound.post(url, request({ timeoutMs: 1_500 }));
    const startedAt = performance.now();
    expect(await outbound.post(url, request({ timeoutMs: 50 }))).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await holding).toMatchObject({ kind: 'timeout' });
  });

  test('opens no more connections to an origin than its limit', async () => {
    let open = 0;
    let most = 0;
    const server = http.createServer((_incoming, answer) => setTimeout(() => answer.end(), 10));
    server.on('connection', (socket) => {
      most = Math.max(most, (open += 1));
      socket.on('close', () => (open -= 1));
    });
    const url = await listen(server);
    const outbound = client(loopback, { maxSocketsPerOrigin: 3 });
    const results = await Promise.all(
      Array.from({ length: 12 }, async () => await outbound.post(url, request())),
    );
    expect(results.every((result) => result.kind === 'response')).toBe(true);
    expect(most).toBe(3);
  });
});

describe('the guard in post and axios', () => {
  const refusedUrls = (port: number) => [
    `http://127.0.0.1:${port}/`,
    `http://2130706433:${port}/`,
    `http://0177.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
  ];

  test('keeps requests from loopback, by whatever name', async () => {
    let connections = 0;
    const server = http.createServer((_incoming, answer) => answer.end());
    server.on('connection', () => (connections += 1));
    const port = Number(new URL(await listen(server)).port);
    const guarded = createGuardedAxios({
      guard: strict,
      timeoutMs: 1_000,
      maxResponseBytes: 1_000,
      maxRequestBytes: 1_000,
    });
    closers.push(async () => await guarded[Symbol.asyncDispose]());

    for (const url of refusedUrls(port)) {
      expect(await client(strict).post(url, request())).toMatchObject({ kind: 'blocked' });
      await expect(guarded.axios.get(url)).rejects.toThrow(/refused/);
    }
    expect(connections).toBe(0);
  });

  test('connects to the address that was checked, though DNS has changed its mind', async () => {
    let asked = 0;
    const url = await serve((_incoming, answer) => answer.end('inside'));
    const rebinding = createEgressGuard({
      allow: [],
      resolve: async () => [{ address: (asked += 1) === 1 ? '8.8.8.8' : '127.0.0.1', family: 4 }],
    });
    const { port } = new URL(url);
    expect(await rebinding.checkUrl(`http://rebind.example.com:${port}/`)).toMatchObject({
      kind: 'allowed',
    });
    expect(
      await client(rebinding).post(`http://rebind.example.com:${port}/`, request()),
    ).toMatchObject({ kind: 'blocked' });
  });

  test.each(['http:', 'https:'])(
    'sends no byte by %s over a connection whose address turns out to be refused',
    async (protocol) => {
      let received = 0;
      const url = await listen(
        createServer((socket) => socket.on('data', (chunk) => (received += chunk.length))),
      );
      const careless: EgressGuard = {
        ...strict,
        assertUrl: (text) => new URL(text),
        lookup: loopback.lookup,
      };
      expect(await client(careless).post(url.replace('http:', protocol), request())).toMatchObject({
        kind: 'blocked',
      });
      const guarded = createGuardedAxios({
        guard: careless,
        timeoutMs: 1_000,
        maxResponseBytes: 1_000,
        maxRequestBytes: 1_000,
      });
      closers.push(async () => await guarded[Symbol.asyncDispose]());
      await expect(guarded.axios.get(url.replace('http:', protocol))).rejects.toThrow(/refused/);
      expect(received).toBe(0);
    },
  );

  test('axios reaches what is allowed, follows no redirect and bounds the answer', async () => {
    const url = await serve((incoming, answer) => {
      if (incoming.url === '/redirect') answer.writeHead(302, { location: '/' }).end();
      else if (incoming.url === '/large') answer.end('x'.repeat(2_000));
      else answer.setHeader('content-type', 'application/json').end('{"ok":true}');
    });
    const guarded = createGuardedAxios({
      guard: loopback,
      timeoutMs: 1_000,
      maxResponseBytes: 1_000,
      maxRequestBytes: 1_000,
    });
    closers.push(async () => await guarded[Symbol.asyncDispose]());
    expect(await guarded.axios.get(url)).toMatchObject({ status: 200, data: { ok: true } });
    expect(await guarded.axios.get('/redirect', { baseURL: url })).toMatchObject({ status: 302 });
    await expect(guarded.axios.get(`${url}/large`)).rejects.toThrow(/maxContentLength/);
  });

  test('axios that keeps no idle connection opens one for each request', async () => {
    const server = http.createServer((_incoming, answer) => answer.end('{}'));
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const url = await listen(server);
    const guarded = createGuardedAxios({
      guard: loopback,
      limits: { maxIdleSocketsPerOrigin: 0 },
      timeoutMs: 1_000,
      maxResponseBytes: 1_000,
      maxRequestBytes: 1_000,
    });
    closers.push(async () => await guarded[Symbol.asyncDispose]());
    for (let count = 0; count < 3; count += 1) {
      expect(await guarded.axios.get(url)).toMatchObject({ status: 200 });
      // Time for a connection to become idle.
      await delay(20);
    }
    expect(connections).toBe(3);
  });
});

/** Waits for events of the loopback interface. */
async function loopbackTurn(done: () => boolean) {
  for (let turn = 0; turn < 1_000 && !done(); turn++) {
    await new Promise((resume) => setImmediate(resume));
  }
}
