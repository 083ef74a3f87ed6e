import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dataEnvelope, jsonData } from '@calseta/common';
import { defineRoute, reply } from '@calseta/platform';
import { z } from 'zod';
import { type App, speak, startApp, until } from './support/start-app.js';

const MAX_BYTES = 10_000;

const routes = [
  defineRoute({
    method: 'POST',
    path: '/v1/things',
    operationId: 'makeThing',
    scope: 'agents:write',
    summary: 'Make a thing',
    tags: ['things'],
    body: z.object({ name: z.string() }),
    responses: { 201: dataEnvelope(z.object({ length: z.number() })) },
    handler: async ({ body }) =>
      await Promise.resolve(reply(201, jsonData({ length: body.name.length }))),
  }),
];

let app: App;
beforeAll(async () => {
  app = await startApp(routes);
});
afterAll(async () => await app.close());

const bodyOf = (bytes: number): string => `{"name":"${'x'.repeat(bytes - '{"name":""}'.length)}"}`;

const head = (...headers: string[]): string =>
  [
    'POST /v1/things HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${app.admin}`,
    'Content-Type: application/json',
    ...headers,
    '',
    '',
  ].join('\r\n');

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('the size of a body', () => {
  test.each([
    [MAX_BYTES, 201],
    [MAX_BYTES + 1, 413],
  ])('%i bytes, announced, are answered %i', async (bytes, status) => {
    expect((await app.send('POST', '/v1/things', bodyOf(bytes))).status).toBe(status);
  });

  test.each([
    [MAX_BYTES, '201'],
    [MAX_BYTES + 1, '413'],
  ])('%i bytes in chunks are answered %s', async (bytes, status) => {
    const answer = await speak(app.port, (write) => {
      write(head('Transfer-Encoding: chunked', 'Connection: close'));
      for (const part of bodyOf(bytes).match(/[^]{1,999}/g) ?? []) write(chunk(part));
      write('0\r\n\r\n');
    });
    expect(answer).toContain(`HTTP/1.1 ${status} `);
  });

  test('an announced excess is refused before it is sent', async () => {
    const answer = await speak(app.port, (write) => write(head('Content-Length: 1000000000')));
    expect(answer).toContain('HTTP/1.1 413 ');
    expect(answer).toContain('Connection: close');
  });

  test('a short body that is refused is thrown away, and its connection serves the next request', async () => {
    const socket = connect(app.port, '127.0.0.1');
    const body = bodyOf(MAX_BYTES + 1);
    socket.write(head(`Content-Length: ${body.length}`));
    const [refusal] = (await once(socket, 'data')) as [Buffer];
    expect(refusal.toString()).toContain('HTTP/1.1 413 ');
    socket.write(body + head('Content-Length: 14', 'Connection: close') + '{"name":"one"}');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('HTTP/1.1 201 ');
  });

  test('an endless chunked body is answered and cut off', async () => {
    const startedAt = Date.now();
    let timer: NodeJS.Timeout | undefined;
    const answer = await speak(app.port, (write) => {
      write(head('Transfer-Encoding: chunked'));
      timer = setInterval(() => write(chunk('x'.repeat(5_000))), 5);
    });
    clearInterval(timer);
    expect(answer).toContain('HTTP/1.1 413 ');
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });
});

describe('a gzip body', () => {
  const sendGzip = async (body: Buffer) =>
    await fetch(`${app.url}/v1/things`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${app.admin}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body,
    });

  test('is inflated', async () => {
    const response = await sendGzip(gzipSync('{"name":"four"}'));
    expect(await response.json()).toMatchObject({ data: { length: 4 } });
  });

  test.each([
    [MAX_BYTES, 201],
    [MAX_BYTES + 1, 413],
  ])('of %i bytes inflated is answered %i', async (bytes, status) => {
    expect((await sendGzip(gzipSync(bodyOf(bytes)))).status).toBe(status);
  });

  test('that is a bomb costs no memory', async () => {
    const bomb = gzipSync(Buffer.alloc(9_000_000, 'x'), { level: 9 });
    expect(bomb.length).toBeLessThan(MAX_BYTES);
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await sendGzip(bomb)).status),
    );
    expect(new Set(answers)).toEqual(new Set([413]));
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test.each([
    ['garbage', Buffer.from('this is no gzip')],
    ['a cut one', gzipSync('{"name":"four"}').subarray(0, 15)],
  ])('that is %s is a 400', async (_what, body) => {
    const response = await sendGzip(body);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'request.malformed' }),
    ]);
  });

  test('of another encoding is a 415', async () => {
    const response = await app.send('POST', '/v1/things', '{}', { 'content-encoding': 'br' });
    expect(response.status).toBe(415);
  });
});

describe('a slow client', () => {
  test('with headers that never end is answered 408 and cut off', async () => {
    const answer = await speak(app.port, (write) => write('GET / HTTP/1.1\r\nHost: x\r\n'));
    expect(answer).toContain('HTTP/1.1 408 ');
    expect(answer).toContain('"code":"request.timeout"');
  });

  test('with a body that never ends is answered 408 and cut off', async () => {
    const answer = await speak(app.port, (write) => write(`${head('Content-Length: 100')}{"na`));
    expect(answer).toContain('HTTP/1.1 408 ');
    expect(answer).toContain('"code":"request.timeout"');
  });

  test('that never ends its half of the connection gives its place up all the same', async () => {
    const narrow = await startApp(routes, { limits: { maxConnections: 1 } });
    const socket = connect({ port: narrow.port, host: '127.0.0.1', allowHalfOpen: true });
    try {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
      socket.resume();
      await once(socket, 'end');
      await until(async () => expect((await narrow.send('GET', '/livez')).status).toBe(200));
    } finally {
      socket.destroy();
      await narrow.close();
    }
  });

  test('holds nobody else up', async () => {
    const slow = Array.from(
      { length: 50 },
      async () => await speak(app.port, (write) => write('GET / HTTP/1.1\r\nX-Slow: 1\r\n')),
    );
    const startedAt = Date.now();
    expect((await app.send('POST', '/v1/things', { name: 'a' })).status).toBe(201);
    expect(Date.now() - startedAt).toBeLessThan(400);
    await Promise.all(slow);
  });

  test('that goes away in the middle is logged as such', async () => {
    const before = app.requestLines().length;
    await new Promise<void>((resolve) => {
      void speak(app.port, (write) => {
        write(`${head('Content-Length: 100', 'X-Request-ID: gone-1')}{"na`);
        resolve();
      });
    });
    await until(() => expect(app.requestLines().length).toBeGreaterThan(before));
  });
});

describe('what is no HTTP request', () => {
  test.each([
    ['garbage', '\u0016\u0003\u0001garbage\r\n\r\n', '400'],
    ['headers over 16 KiB', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      '400',
    ],
  ])('%s gets a problem for an answer', async (_what, text, status) => {
    const answer = await speak(app.port, (write) => write(text));
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain('application/problem+json');
  });
});
