import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { queueName } from '@calseta/common';
import { eventually, testRabbitmq } from '@calseta/testing';
import { MAX_IN_FLIGHT } from '../src/confirm-publisher.js';
import { type PipelineTransport } from '../src/transport.js';
import { connectForTest, memoryLog, rabbitmqUnderTest, withChannel } from './rabbitmq-fixture.js';
import {
  FIRST,
  SECOND,
  aMessage,
  describeTransportContract,
  recorder,
} from './transport-contract.js';

const WORK = queueName(FIRST, 'normal');
const RECOVERY = { timeoutMs: 20_000 };

let broker: Awaited<ReturnType<typeof testRabbitmq>>;
beforeAll(async () => {
  broker = await testRabbitmq();
}, 120_000);
afterAll(async () => await broker.drop());

describeTransportContract('RabbitMQ', async () => await rabbitmqUnderTest(broker.url));

describe('connectRabbitmq', () => {
  const opened: PipelineTransport[] = [];
  const open = async (log = memoryLog()) => {
    const transport = await connectForTest(broker.url, log);
    opened.push(transport);
    return transport;
  };
  afterEach(async () => {
    for (const transport of opened.splice(0)) await transport[Symbol.asyncDispose]();
  });

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

  test('confirms a burst within its bound and refuses what exceeds it', async () => {
    const transport = await connectForTest(broker.url, memoryLog(), 30_000);
    opened.push(transport);
    const burst = Array.from({ length: MAX_IN_FLIGHT + 10 }, () => transport.publish(aMessage()));
    const results = await Promise.allSettled(burst);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await transport.queueDepth(FIRST)).toBe(MAX_IN_FLIGHT);
    await withChannel(broker.url, async (channel) => await channel.purgeQueue(WORK));
  });
});
