import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defineRoute, textReply } from '@calseta/platform';
import { type App, startApp, until } from './support/start-app.js';

const REQUEST = 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n';
const WITHIN_MS = 2_000;
/** Larger than the kernel buffers of both ends. */
const LONG = 'x'.repeat(16 * 1024 * 1024);

let app: App;
beforeEach(async () => {
  app = await startApp([
    defineRoute({
      method: 'GET',
      path: '/long',
      operationId: 'getLong',
      scope: null,
      summary: 'A long answer',
      tags: ['tests'],
      responses: { 200: null },
      handler: async () => await Promise.resolve(textReply(200, 'text/plain', LONG)),
    }),
  ]);
});
afterEach(async () => await app.close());

/** Everything received until the connection ends. */
async function answerTo(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  await once(socket, 'close');
  return answer;
}

const drained = async (withinMs = WITHIN_MS) =>
  await Promise.race([app.server.drain().then(() => 'drained'), delay(withinMs, 'hangs')]);

describe('a client', () => {
  test('that ends its half of the connection with its request is answered', async () => {
    const socket = connect(app.port, '127.0.0.1');
    socket.end(REQUEST);
    expect(await answerTo(socket)).toContain('HTTP/1.1 404 ');
  });

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'that leaves by %s with several requests on its connection does not hold up the stop',
    async (leave) => {
      const socket = connect(app.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(REQUEST.repeat(3), () => socket[leave]());
      await until(() => expect(app.requestLines().length).toBeGreaterThan(0));
      expect(await drained()).toBe('drained');
    },
  );

  test('that does not read its answer does not hold up the stop, and is in the log', async () => {
    const socket = connect(app.port, '127.0.0.1');
    socket.pause();
    socket.write(REQUEST.replace('/nowhere', '/long').repeat(3));
    await until(async () => {
      const metrics = await app.telemetry.metrics.registry.metrics();
      expect(metrics).toMatch(/^calseta_http_unread_bytes [1-9]/m);
      expect(metrics).toMatch(/^calseta_http_waiting_requests 2$/m);
    });
    expect(await drained(4_000)).toBe('drained');
    socket.destroy();
    expect(app.logs()).toContain('"event":"http.connection_cut","bound":"unread_timeout"');
    const metrics = await app.telemetry.metrics.registry.metrics();
    expect(metrics).toContain('calseta_http_connections_cut_total{bound="unread_timeout"} 1');
    expect(metrics).toMatch(/^calseta_http_unread_bytes 0$/m);
    expect(metrics).toMatch(/^calseta_http_waiting_requests 0$/m);
  });

  test('that left while others were served is in the log', async () => {
    const left = Array.from({ length: 40 }, () => connect(app.port, '127.0.0.1'));
    for (const socket of left) socket.write(REQUEST, () => socket.destroy());
    await until(() => expect(app.requestLines()).toHaveLength(left.length));
    const statuses = new Set(app.requestLines().map(({ status }) => status));
    expect([404, 499]).toEqual(expect.arrayContaining([...statuses]));
  });
});

test('those who have connected when a server begins to stop are answered', async () => {
  const sockets = Array.from({ length: 50 }, () => connect(app.port, '127.0.0.1'));
  const answers = Promise.all(sockets.map(answerTo));
  for (const socket of sockets) socket.write(REQUEST);
  expect(await drained()).toBe('drained');
  for (const answer of await answers) expect(answer).toContain('HTTP/1.1 404 ');
});
