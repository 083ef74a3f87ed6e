import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { findFreePort } from '@calseta/local';
import { discardBody } from '@calseta/platform';
import { type DnsServer, eventually, startDnsServer } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureNginx, type Nginx, startNginx } from './support/start-nginx.js';

const program = await ensureNginx();
const SERVICES = ['ingest-api', 'alerts-api'];
/** Longer than any test, so that this TTL does not trigger a new lookup. */
const TTL_SECONDS = 600;
/** Longer than the second for which nginx keeps an address. */
const SOON = { timeoutMs: 15_000 };

let names: DnsServer;
let nginx: Nginx;
let servicePort: number;
const containers = new Map<string, Server>();

beforeAll(async () => {
  if (!program) return;
  names = await startDnsServer();
  servicePort = await findFreePort();
  nginx = await startNginx(program, { nameServer: names.address, servicePort });
}, 700_000);
afterAll(async () => {
  if (!program) return;
  await nginx[Symbol.asyncDispose]();
  for (const address of containers.keys()) stopContainer(address);
  await names[Symbol.asyncDispose]();
});

const REFUSED = '/v1/refused';

/** A service with its own address, which answers with that address and with what it received, or refuses a body at once. */
async function startContainer(address: string): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === REFUSED) {
      response.writeHead(405).end('{"code":"refused"}');
      discardBody(request);
      return;
    }
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.end(JSON.stringify({ address, method, url, headers, bytes }));
    });
  });
  await new Promise<void>((resolve) => server.listen(servicePort, address, resolve));
  containers.set(address, server);
}

function stopContainer(address: string): void {
  containers.get(address)?.close();
  containers.get(address)?.closeAllConnections();
  containers.delete(address);
}

const resolveTo = (...addresses: string[]) => {
  names.respondWith(({ name }) =>
    SERVICES.includes(name) ? { addresses, ttlSeconds: TTL_SECONDS } : { failure: 'NXDOMAIN' },
  );
};

type Answer = { status: number; address?: string; bytes?: number; code?: string };

async function post(): Promise<Answer> {
  const response = await fetch(`${nginx.url}/v1/ingest/x`, { method: 'POST', body: 'hello' });
  return { status: response.status, ...((await response.json()) as object) };
}

async function ask(text: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(nginx.port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (received += part));
    socket.once('error', reject);
    socket.once('close', () => resolve(received));
  });
}
const head = (...lines: string[]) => [...lines, 'Connection: close', '', ''].join('\r\n');

// Without nginx, and without a way to install it, the reason has already been printed.
(program ? describe : describe.skip)('deploy/gateway/nginx.conf in a real nginx', () => {
  test('answers 503 while a name has no address, and finds it when it has', async () => {
    expect(await post()).toMatchObject({ status: 503, code: 'service.unavailable' });
    await startContainer('127.0.0.2');
    resolveTo('127.0.0.2');
    await eventually(async () => {
      expect(await post()).toMatchObject({ status: 200, address: '127.0.0.2', bytes: 5 });
    }, SOON);
  });

  test('finds a service that has moved to another address', async () => {
    await startContainer('127.0.0.3');
    stopContainer('127.0.0.2');
    resolveTo('127.0.0.3');
    await eventually(async () => {
      expect(await post()).toMatchObject({ status: 200, address: '127.0.0.3', bytes: 5 });
    }, SOON);
  });

  test('takes replicas in turn when a service is scaled, and passes over one that is gone', async () => {
    await startContainer('127.0.0.4');
    resolveTo('127.0.0.3', '127.0.0.4');
    await eventually(async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, post));
      expect(new Set(answers.map(({ address }) => address)).size).toBe(2);
    }, SOON);
    stopContainer('127.0.0.4');
    for (let count = 0; count < 8; count += 1) {
      expect(await post()).toMatchObject({ status: 200, address: '127.0.0.3', bytes: 5 });
    }
  });

  test.each(['/metrics', '//metrics', '/%6detrics', '/v1/../metrics', 'http://x/metrics'])(
    'shows nobody the metrics at %s',
    async (target) => {
      const answer = await ask(head(`GET ${target} HTTP/1.1`, 'Host: x'));
      expect(answer).toMatch(/^HTTP\/1.1 404 /);
      expect(answer).toContain('"code":"route.not_found"');
    },
  );

  test('passes a body on in one framing, and the address of the client in its own words', async () => {
    const lines = ['POST /v1/x HTTP/1.1', 'Host: x', 'X-Forwarded-For: 6.6.6.6'];
    const named = 'Connection: content-length, host';
    const answer = await ask(`${head(...lines, 'Content-Length: 5', named)}hello`);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
      bytes: 5,
      headers: { host: 'x', 'content-length': '5', 'x-forwarded-for': '127.0.0.1' },
    });
  });

  test('passes on a refusal that comes before the body has been sent', async () => {
    const body = 'x'.repeat(512 * 1_024);
    const put = async () =>
      await (await fetch(`${nginx.url}${REFUSED}`, { method: 'PUT', body })).json();
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(Array.from({ length: 8 }, put));
      expect(answers).toEqual(Array(8).fill({ code: 'refused' }));
    }
  });

  test.each([
    ['what is no request', 'GARBAGE\r\n\r\n', 400],
    ['two Host headers', head('GET /v1/x HTTP/1.1', 'Host: x', 'Host: y'), 400],
    [
      'a length and chunks',
      `${head('POST /v1/x HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      400,
    ],
    ['headers too long', head('GET /v1/x HTTP/1.1', 'Host: x', `X: ${'x'.repeat(20_000)}`), 431],
  ])('answers %s with a problem', async (_, text, status) => {
    const answer = await ask(text);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(answer).toContain(`"status":${status}`);
  });
});
