import { aRequest } from './a-request.js';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startPrivateRabbitmq } from '@calseta/testing';
import { closeQuietly } from '../src/rabbitmq/keep-channel.js';
import { type PipelineTransport } from '../src/transport.js';
import { connectForTest } from './rabbitmq-fixture.js';
import { FIRST, SECOND, aMessage, gate, nextOf, recorder } from './transport-contract.js';

/** A restarted node needs some seconds, and the connection up to five more. */
const RECOVERY = { timeoutMs: 60_000 };

describe('connectRabbitmq on a broker that fails', () => {
  let broker: Awaited<ReturnType<typeof startPrivateRabbitmq>>;
  const opened: PipelineTransport[] = [];
  const open = async () => {
    const transport = await connectForTest(broker.url);
    opened.push(transport);
    return transport;
  };

  beforeAll(async () => {
    broker = await startPrivateRabbitmq();
    // A quorum queue declared just before a crash may return without a leader, so this one is declared earlier.
    const declared = await connectForTest(broker.url);
    await declared[Symbol.asyncDispose]();
    await broker.restart();
  }, 150_000);
  afterEach(async () => {
    for (const transport of opened.splice(0)) await transport[Symbol.asyncDispose]();
  });
  afterAll(async () => await broker.stop(), 60_000);

  test('comes back after the broker crashed, and loses nothing that was in work', async () => {
    const transport = await open();
    const first = recorder({ prefetch: 5 });
    const second = recorder();
    const hold = gate();
    const started = new Set<string>();
    const arrived = new Set<string>();
    await transport.consume(
      FIRST,
      async (message) => {
        started.add(message.alert_id);
        await hold.opened;
        return nextOf(message);
      },
      first.options,
    );
    await transport.consume(
      SECOND,
      async ({ alert_id }) => void arrived.add(alert_id),
      second.options,
    );
    const messages = Array.from({ length: 20 }, () => aMessage());
    await Promise.all(messages.map((message) => transport.publish(message)));
    await eventually(() => expect(started.size).toBe(5));

    await broker.kill();
    await eventually(() => expect(transport.isReady()).toBe(false));
    await expect(transport.publish(aMessage())).rejects.toMatchObject({
      code: 'service.unavailable',
      message: 'No connection to the broker.',
    });
    hold.open();
    await broker.restart();
    await eventually(() => expect(transport.isReady()).toBe(true), RECOVERY);
    await eventually(
      () => expect([...arrived].sort()).toEqual(messages.map(({ alert_id }) => alert_id).sort()),
      RECOVERY,
    );
    expect([...first.dead, ...second.dead]).toEqual([]);
  }, 150_000);

  test('starts before its broker, unready, and consumes once the broker is there', async () => {
    await broker.kill();
    const transport = await open();
    const { handled, options } = recorder();
    await transport.consume(FIRST, async () => undefined, options);
    await transport.respond(aRequest('early.bird'), async () => 'here');
    expect(transport.isReady()).toBe(false);
    await expect(transport.queueDepth(FIRST, 'normal')).rejects.toMatchObject({
      code: 'service.unavailable',
    });
    await broker.restart();
    await eventually(() => expect(transport.isReady()).toBe(true), RECOVERY);
    const message = aMessage();
    await transport.publish(message);
    // What earlier tests left in the queue comes as well.
    const ids = () => handled.map(({ messageId }) => messageId);
    await eventually(() => expect(ids()).toContain(message.message_id), RECOVERY);
    expect(await transport.request(aRequest('early.bird'), {})).toBe('here');
  }, 150_000);

  test('acks what it consumes while the broker is short of memory', async () => {
    const transport = await open();
    const { handled, options } = recorder({ prefetch: 5 });
    const hold = gate();
    await transport.consume(
      FIRST,
      async () => {
        await hold.opened;
        return undefined;
      },
      options,
    );
    const messages = Array.from({ length: 20 }, () => aMessage());
    for (const message of messages) await transport.publish(message);
    const alarm = '{resource_limit, memory, node()}';
    await broker.evaluate(`rabbit_alarm:set_alarm({${alarm}, []}).`);
    try {
      await expect(transport.publish(aMessage())).rejects.toMatchObject({
        code: 'service.unavailable',
      });
      hold.open();
      await eventually(() => expect(handled.length).toBeGreaterThanOrEqual(messages.length));
      expect(transport.isReady()).toBe(false);
    } finally {
      await broker.evaluate(`rabbit_alarm:clear_alarm(${alarm}).`);
    }
    await eventually(() => expect(transport.isReady()).toBe(true), RECOVERY);
  }, 90_000);

  test('gives up on a confirm that stays away, and publishes again afterwards', async () => {
    const transport = await open();
    process.kill(broker.pid(), 'SIGSTOP');
    try {
      await expect(transport.publish(aMessage())).rejects.toMatchObject({
        code: 'service.unavailable',
        message: 'The broker did not confirm within 2000 ms.',
      });
      await expect(transport.publish(aMessage())).rejects.toMatchObject({
        code: 'service.unavailable',
      });
    } finally {
      process.kill(broker.pid(), 'SIGCONT');
    }
    await eventually(async () => await transport.publish(aMessage()), RECOVERY);
    expect(transport.isReady()).toBe(true);
  }, 90_000);

  test('ends the closing of a channel whose connection is lost before the broker answers', async () => {
    const { hostname, port } = new URL(broker.url);
    const sockets: Socket[] = [];
    const proxy = createServer((client) => {
      const server = connectTcp(Number(port), hostname);
      for (const socket of [client, server]) socket.on('error', () => undefined);
      client.pipe(server).pipe(client);
      sockets.push(client, server);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = new URL(broker.url);
    url.port = String((proxy.address() as AddressInfo).port);
    const connection = await connect(url.href);
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();

    const [client, server] = sockets;
    server?.unpipe(client);
    const closing = closeQuietly(channel);
    client?.destroy();
    await expect(closing).resolves.toBeUndefined();
    server?.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
});
