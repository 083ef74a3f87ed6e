import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type BoundedServerOptions,
  type ConnectionCut,
  createBoundedServer,
  type ServerLimits,
} from '@calseta/platform';
import fc from 'fast-check';
import { PIECE_BYTES } from '../src/http/server/control-inflow.js';
import { oneAtATime } from '../src/http/server/one-at-a-time.js';
import { speak, until } from './support/start-app.js';

const LIMITS: ServerLimits = {
  maxConnections: 1_000,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 5_000,
  maxUnreadBytes: 1_000_000_000,
  unreadTimeoutMs: 60_000,
};
const SMALLEST = 'GET / HTTP/1.1\r\nHost:\r\n\r\n';
const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
/** Larger than the kernel buffers of both ends. */
const LONG = Buffer.alloc(16 * 1024 * 1024, 'x');

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Serve = (req: IncomingMessage, res: ServerResponse) => void;

/** A bounded server that counts the requests it starts and the bytes it reads. */
async function start(serve: Serve, limits: Partial<ServerLimits> = {}) {
  const cuts: ConnectionCut[] = [];
  const load = { waitingRequests: 0, unreadBytes: 0 };
  const sockets: Socket[] = [];
  let begun = 0;
  const options: BoundedServerOptions = {
    limits: { ...LIMITS, ...limits },
    serve(req, res) {
      begun += 1;
      serve(req, res);
    },
    refuse: (_req, res, error) => res.writeHead(400).end(error.message),
    onCut: (cut) => cuts.push(cut),
    onLoad: (change) => Object.assign(load, change),
  };
  const bounded = createBoundedServer(options);
  const { server } = bounded;
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...bounded, port, cuts, load, sockets, begun: () => begun };
}

type Started = Awaited<ReturnType<typeof start>>;

/** A client that reads nothing until told to. */
function client(port: number, text: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(text);
  closing.push(() => void socket.destroy());
  return socket;
}

/** Everything received until the connection ends. */
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).resume();
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** Starts reading; the returned function tells how many bytes have come. */
function countRead(socket: Socket): () => number {
  let read = 0;
  socket.on('data', (chunk) => (read += chunk.length)).resume();
  return () => read;
}

/** Serves another client several times, so that everything due has started. */
async function otherwiseBusy({ port }: Started): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await speak(port, (write) => write(get('/other', 'Connection: close')));
  }
}

const isOther = (req: IncomingMessage): boolean => req.url === '/other';

describe('a client that sends many requests and reads no answer', () => {
  test('has one of them worked on, and the next one when it has read', async () => {
    const server = await start((req, res) => res.end(isOther(req) ? '' : LONG));
    const socket = client(server.port, get('/', 'X-First: 1').repeat(3));
    await until(() => expect(server.begun()).toBe(1));
    await otherwiseBusy(server);
    expect(server.begun()).toBe(1 + 20);
    expect(server.load.unreadBytes).toBeLessThanOrEqual(LONG.length + 1_000);
    expect(server.busyCount()).toBe(1);

    const read = countRead(socket);
    await until(() => expect(read()).toBeGreaterThan(3 * LONG.length), 20_000);
    expect(server.begun()).toBe(3 + 20);
    await until(() => expect([server.load.unreadBytes, server.busyCount()]).toEqual([0, 0]));
  });

  test('is not read from beyond a few requests', async () => {
    const held: ServerResponse[] = [];
    const server = await start((req, res) => {
      if (isOther(req)) res.end();
      else held.push(res);
    });
    const sent = SMALLEST.repeat(40_000);
    const sockets = Array.from({ length: 20 }, () => client(server.port, sent));
    await until(() => expect(held.length).toBe(sockets.length), 20_000);
    await otherwiseBusy(server);
    expect(held.length).toBe(sockets.length);
    expect(server.load.waitingRequests).toBeLessThan(sockets.length * 100);
    for (const { bytesRead } of server.sockets) expect(bytesRead).toBeLessThan(200_000);
  });

  test('is still answered every request, in their order, once it reads', async () => {
    const server = await start((req, res) => setImmediate(() => res.end(`<${req.url ?? ''}>`)));
    const count = 400;
    const numbers = Array.from({ length: count }, (_, index) => index);
    const socket = client(server.port, numbers.map((n) => get(`/${n}`)).join(''));
    socket.end();
    const answers = await readAll(socket);
    expect([...answers.matchAll(/<\/(\d+)>/g)].map(([, n]) => Number(n))).toEqual(numbers);
  });
});

test('bodies and requests come whole, wherever their bytes are cut', async () => {
  const server = await start((req, res) => {
    let length = 0;
    req.on('data', (chunk: Buffer) => (length += chunk.length));
    req.on('end', () => setImmediate(() => res.end(`<${length}>`)));
  });
  const lengths = fc.array(fc.integer({ min: 0, max: 3 * PIECE_BYTES }), {
    minLength: 1,
    maxLength: 30,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(lengths, cuts, fc.boolean(), async (bodies, sizes, isChunked) => {
      const text = bodies.map((length) => post(length, isChunked)).join('');
      const answers = await speak(server.port, (write) => {
        let at = 0;
        for (const size of sizes) write(text.slice(at, (at += size)));
        write(text.slice(at) + get('/', 'Connection: close'));
      });
      const got = [...answers.matchAll(/<(\d+)>/g)].map(([, length]) => Number(length));
      expect(got).toEqual([...bodies, 0]);
    }),
    { numRuns: 50 },
  );
});

function post(length: number, isChunked: boolean): string {
  const body = 'b'.repeat(length);
  const head = 'POST / HTTP/1.1\r\nHost: x\r\n';
  if (!isChunked) return `${head}Content-Length: ${length}\r\n\r\n${body}`;
  const chunks = (body.match(/b{1,700}/g) ?? []).map(
    (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
  );
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`;
}

describe('requests that wait behind others', () => {
  test('are bounded over all connections: the one with most of them is cut', async () => {
    const cut: Socket[] = [];
    let waiting = 0;
    const server = createServer({ requireHostHeader: false });
    const lines = oneAtATime(server, {
      begin: () => undefined,
      maxWaiting: 30,
      cut: (socket) => cut.push(socket.destroy()),
      onWaiting: (count) => (waiting = count),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    client(port, SMALLEST.repeat(11));
    await until(() => expect(waiting).toBe(10));
    const more = client(port, SMALLEST.repeat(21));
    await until(() => expect(waiting).toBe(30));
    expect(cut).toHaveLength(0);

    client(port, SMALLEST.repeat(2));
    more.resume();
    await once(more, 'close');
    expect(cut).toHaveLength(1);
    await until(() => expect(waiting).toBe(11));
    expect(lines.busyCount()).toBe(2);
  });

  test('are forgotten with their connection', async () => {
    const held: ServerResponse[] = [];
    const server = await start((_req, res) => void held.push(res));
    const socket = client(server.port, SMALLEST.repeat(10));
    await until(() => expect(server.load.waitingRequests).toBe(9));
    socket.resetAndDestroy();
    // The socket is not read, so only a write shows that the client has left.
    for (let piece = 0; piece < 3; piece += 1) held[0]?.write('x'.repeat(100_000));
    await until(() => expect([server.load.waitingRequests, server.busyCount()]).toEqual([0, 0]));
    expect(held).toHaveLength(1);
  });
});

describe('answers that are not read', () => {
  test('are bounded over all connections: the oldest are cut, the newest is kept', async () => {
    const server = await start((_req, res) => res.end(LONG), { maxUnreadBytes: LONG.length });
    const first = client(server.port, get('/'));
    await until(() => expect(server.load.unreadBytes).toBeGreaterThan(0));
    const second = client(server.port, get('/'));
    first.resume();
    await once(first, 'close');
    expect(server.cuts).toEqual([
      { bound: 'unread_bytes', clientAddress: '127.0.0.1', unreadBytes: expect.any(Number) },
    ]);
    expect(server.load.unreadBytes).toBeLessThanOrEqual(LONG.length + 1_000);
    const read = countRead(second);
    await until(() => expect(read()).toBeGreaterThan(LONG.length), 20_000);
  });

  test('are counted however they are written, and no longer than they wait', async () => {
    const server = await start((_req, res) => {
      res.write(LONG.subarray(0, LONG.length / 2));
      setImmediate(() => {
        res.write(LONG.subarray(0, LONG.length / 2));
        res.end();
      });
    });
    const socket = client(server.port, get('/', 'Connection: close'));
    await until(() => expect(server.load.unreadBytes).toBeGreaterThan(LONG.length / 2));
    expect((await readAll(socket)).length).toBeGreaterThan(LONG.length);
    expect(server.load.unreadBytes).toBe(0);
  });

  test('are cut when their client does not read for a time', async () => {
    const server = await start((_req, res) => res.end(LONG), { unreadTimeoutMs: 200 });
    const socket = client(server.port, get('/'));
    await until(() => expect(server.cuts).toHaveLength(1));
    expect(server.cuts[0]?.bound).toBe('unread_timeout');
    await until(() => expect([server.load.unreadBytes, server.busyCount()]).toEqual([0, 0]));
    socket.resume();
    await once(socket, 'close');
  });

  test('are not cut while their client reads, and a long work after them is not either', async () => {
    const server = await start(
      (req, res) => {
        if (req.url === '/long') res.end(Buffer.alloc(48 * 1024 * 1024));
        // More than twice the time-out.
        else setTimeout(() => res.end('done'), 2_500);
      },
      { unreadTimeoutMs: 1_000 },
    );
    const socket = client(server.port, get('/long') + get('/work', 'Connection: close'));
    let end = '';
    socket.on('data', (chunk) => {
      end = chunk.toString('latin1');
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    socket.resume();
    await once(socket, 'close');
    expect(server.cuts).toEqual([]);
    expect(end).toContain('done');
  }, 60_000);
});

describe('what a server refuses', () => {
  const server = async () => await start((_req, res) => res.end('served'));

  test.each([
    ['two', 'GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n', 400],
    ['two alike', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['none', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['one', 'GET / HTTP/1.1\r\nhOsT: a\r\nConnection: close\r\n\r\n', 200],
    ['none in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 200],
    ['two in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ])('%s Host headers are answered as they should', async (_what, text, status) => {
    const { port } = await server();
    expect(await speak(port, (write) => write(text))).toContain(`HTTP/1.1 ${status} `);
  });

  test.each([
    ['two', ['Authorization: Bearer a', 'authorization: Bearer b'], 400],
    ['two alike', ['Authorization: Bearer a', 'Authorization: Bearer a'], 400],
    ['an empty one and another', ['Authorization:', 'Authorization: Bearer a'], 400],
    ['one', ['Authorization: Bearer a'], 200],
  ])('%s Authorization headers are answered as they should', async (_what, lines, status) => {
    const { port } = await server();
    const text = get('/', ...lines, 'Connection: close');
    const answer = await speak(port, (write) => write(text));
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain(status === 200 ? 'served' : 'at most one Authorization header');
  });

  test('is answered after the requests before it', async () => {
    const { port } = await start((_req, res) => setImmediate(() => res.end('served')));
    const answer = await speak(port, (write) => write(get('/').repeat(3) + 'garbage\r\n\r\n'));
    expect(answer.match(/served|HTTP\/1.1 \d{3}/g)).toEqual([
      ...Array(3).fill(['HTTP/1.1 200', 'served']).flat(),
      'HTTP/1.1 400',
    ]);
    expect(answer).toContain('application/problem+json');
  });

  test('an expectation that nobody knows is not', async () => {
    const { port } = await server();
    const text = get('/', 'Expect: the-unexpected', 'Connection: close');
    expect(await speak(port, (write) => write(text))).toContain('served');
  });
});
