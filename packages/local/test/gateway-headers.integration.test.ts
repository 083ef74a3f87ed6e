import { type IncomingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { askRaw, openRaw } from './support/raw-connection.js';
import { closeAll, gatewayTo, startService } from './support/servers.js';

afterEach(closeAll);

const CLIENTS_THAT_LEAVE = 200;

/** Sends header lines with a GET, and resolves with the headers that the service received. */
async function headersOf(lines: string[], proxiesInFront?: number): Promise<IncomingHttpHeaders> {
  const service = await startService((request, response) =>
    response.end(JSON.stringify(request.headers)),
  );
  const { port } = await gatewayTo({
    api: [service.url],
    ...(proxiesInFront !== undefined && { proxiesInFront }),
  });
  const answer = await askRaw(port, `GET /v1/x HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  expect(answer?.status).toBe(200);
  return JSON.parse(answer!.body) as IncomingHttpHeaders;
}

describe('headers that a service is given', () => {
  test('are those of the client, without those of its connection', async () => {
    const headers = await headersOf([
      'Host: calseta.example',
      'Connection: keep-alive, X-Mine',
      'X-Mine: 1',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Trailer: X-T',
      'Upgrade: websocket',
      'Proxy-Authorization: Basic x',
      'Proxy-Connection: keep-alive',
      'HTTP2-Settings: x',
      'Authorization: Bearer k',
      'X-Other: 2',
    ]);
    expect(headers).toEqual({
      host: 'calseta.example',
      connection: 'keep-alive',
      authorization: 'Bearer k',
      'x-other': '2',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'calseta.example',
    });
  });

  test('tell where a request comes from in the words of the gateway alone', async () => {
    const headers = await headersOf([
      'Host: x',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-For: 7.7.7.7, 8.8.8.8',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
      'X-Real-IP: 6.6.6.6',
      'Forwarded: for=6.6.6.6',
    ]);
    expect(headers).toEqual({
      host: 'x',
      connection: 'keep-alive',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'x',
    });
  });

  test('tell the address of a client that leaves at once, or the service is not asked', async () => {
    const addresses: unknown[] = [];
    const service = await startService(({ headers }, response) => {
      addresses.push(headers['x-forwarded-for']);
      response.end();
    });
    const { port } = await gatewayTo({ api: [service.url] });
    for (let count = 0; count < CLIENTS_THAT_LEAVE; count += 1) {
      const client = await openRaw(port);
      client.send('GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n');
      // Some leave before they are accepted, some while the gateway connects to the service, some later.
      for (let turn = 0; turn < count % 6; turn += 1) await setImmediate();
      client.reset();
    }
    expect((await askRaw(port, 'GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n'))?.status).toBe(200);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  test('keep what the proxies in front of the gateway have written', async () => {
    const lines = ['Host: x', 'X-Forwarded-For: 6.6.6.6, 7.7.7.7'];
    expect((await headersOf(lines, 1))['x-forwarded-for']).toBe('7.7.7.7, 127.0.0.1');
    expect((await headersOf(lines, 2))['x-forwarded-for']).toBe('6.6.6.6, 7.7.7.7, 127.0.0.1');
    expect((await headersOf(['Host: x'], 1))['x-forwarded-for']).toBe('127.0.0.1');
  });
});

const HEADERS_OF_SERVICE = {
  connection: 'close, x-hop',
  'x-hop': '1',
  'x-kept': '2',
  'content-length': '2',
};

describe('the connection of a client', () => {
  const get = (...lines: string[]) =>
    `GET /v1/x HTTP/1.1\r\n${['Host: x', ...lines, '', ''].join('\r\n')}`;

  async function connect() {
    const service = await startService((_, response) => {
      response.writeHead(200, HEADERS_OF_SERVICE).end('ok');
    });
    return await openRaw((await gatewayTo({ api: [service.url] })).port);
  }

  test('is kept, whatever the service does with its own', async () => {
    const connection = await connect();
    for (let count = 0; count < 3; count += 1) {
      connection.send(get());
      const answer = await connection.next();
      expect(answer).toMatchObject({ status: 200, body: 'ok' });
      expect(answer!.head.toLowerCase()).toContain('connection: keep-alive');
      expect(answer!.head.toLowerCase()).not.toContain('x-hop');
      expect(answer!.head.toLowerCase()).toContain('x-kept: 2');
    }
    connection.reset();
  });

  test('ends with the answer when the client wants it', async () => {
    const connection = await connect();
    connection.send(get('Connection: close'));
    expect(await connection.next()).toMatchObject({ status: 200, body: 'ok' });
    await connection.closed;
  });

  test('ends with the answer when the gateway takes no more', async () => {
    const service = await startService((_, response) => {
      void gateway.then(({ refuse }) => refuse());
      response.end('ok');
    });
    const gateway = gatewayTo({ api: [service.url] });
    const connection = await openRaw((await gateway).port);
    connection.send(get());
    expect((await connection.next())?.head.toLowerCase()).toContain('connection: close');
    await connection.closed;
  });

  test.each([
    ['two Host headers', get('Host: y'), 400],
    ['two Authorization headers', get('Authorization: Bearer a', 'Authorization: Bearer b'), 400],
    ['no Host header', 'GET /v1/x HTTP/1.1\r\n\r\n', 400],
    [
      'chunks in HTTP/1.0',
      'POST /v1/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['what is not HTTP', '\u0016\u0003\u0001\r\n\r\n', 400],
    ['headers of more than 16 KiB', get(`X: ${'x'.repeat(20_000)}`), 431],
  ])('ends with a problem after %s', async (_, text, status) => {
    const connection = await connect();
    connection.send(text);
    const answer = await connection.next();
    expect(answer?.status).toBe(status);
    expect(answer?.head).toContain('application/problem+json');
    expect(JSON.parse(answer!.body)).toMatchObject({ status });
    await connection.closed;
  });
});
