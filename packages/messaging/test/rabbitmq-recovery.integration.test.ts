import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { queueName } from '@calseta/common';
import { eventually, startPrivateRabbitmq } from '@calseta/testing';
import { type PipelineTransport } from '../src/transport.js';
import { connectForTest, memoryLog, withChannel } from './rabbitmq-fixture.js';
import { FIRST, SECOND, aMessage, gate, nextOf, recorder } from './transport-contract.js';

const WORK = queueName(FIRST, 'normal');
/** A restarted node needs some seconds, and the connection up to five more. */
const RECOVERY = { timeoutMs: 60_000 };

describe('connectRabbitmq on a broker that fails', () => {
  let broker: Awaited<ReturnType<typeof startPrivateRabbitmq>>;
  const opened: PipelineTransport[] = [];
  const open = async (log = memoryLog()) => {
    const transport = await connectForTest(broker.url, log);
    opened.push(transport);
    return transport;
  };

  beforeAll(async () => {
    broker = await startPrivateRabbitmq();
  }, 120_000);
  afterEach(async () => {
    for (const transport of opened.splice(0)) await transport[Symbol.asyncDispose]();
  });
  afterAll(async () => await broker.stop(), 60_000);

  test('subscribes again, and declares again, when its queue is deleted', async () => {
    const transport = await open();
    const { handled, options } = recorder();
    await transport.consume(FIRST, async () => undefined, options);
    await withChannel(broker.url, async (channel) => await channel.deleteQueue(WORK));
    await eventually(
      async () => {
        await transport.publish(aMessage());
        expect(handled.length).toBeGreaterThan(0);
      },
      { timeoutMs: 10_000 },
    );
    expect(transport.isReady()).toBe(true);
  });

  test('rejects a message that no queue takes', async () => {
    const transport = await open();
    await withChannel(broker.url, async (channel) => await channel.deleteQueue(WORK));
    await expect(transport.publish(aMessage())).rejects.toMatchObject({
      code: 'service.unavailable',
      message: 'No queue takes messages of calseta.alerts with alert.ingested.',
    });
  });

  test('reports an unknown queue’s depth as unavailable and stays ready', async () => {
    const transport = await open();
    await withChannel(broker.url, async (channel) => await channel.deleteQueue(WORK));
    await expect(transport.queueDepth(FIRST)).rejects.toMatchObject({
      code: 'service.unavailable',
    });
    expect(transport.isReady()).toBe(true);
    expect(await transport.queueDepth(SECOND)).toBe(0);
  });

  test('names the queue and the difference when one exists with other arguments', async () => {
    await withChannel(broker.url, async (channel) => {
      await channel.deleteQueue(WORK);
      await channel.assertQueue(WORK, { arguments: { 'x-queue-type': 'quorum' } });
    });
    const log = memoryLog();
    const transport = await open(log);
    expect(transport.isReady()).toBe(false);
    const said = String(
      log.lines.find(({ message }) => message === 'amqp.connect_failed')?.fields['error'],
    );
    expect(said).toMatch(
      /^Queue extractor\.alert-ingested exists with other arguments: inequivalent arg/,
    );
    await withChannel(broker.url, async (channel) => await channel.deleteQueue(WORK));
    await eventually(() => expect(transport.isReady()).toBe(true), RECOVERY);
  });

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
    await transport.respond('early.bird', async () => 'here');
    expect(transport.isReady()).toBe(false);
    await expect(transport.queueDepth(FIRST)).rejects.toMatchObject({
      code: 'service.unavailable',
    });
    await broker.restart();
    await eventually(() => expect(transport.isReady()).toBe(true), RECOVERY);
    await transport.publish(aMessage());
    await eventually(() => expect(handled).toHaveLength(1), RECOVERY);
    expect(await transport.request('early.bird', {}, { timeoutMs: 5_000 })).toBe('here');
  }, 150_000);
});
