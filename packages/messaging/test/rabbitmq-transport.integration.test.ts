import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { deadLetterQueueName, queueName } from '@calseta/common';
import { eventually, testRabbitmq } from '@calseta/testing';
import { MAX_BUNDLED } from '../src/protocol/bundle.js';
import { MAX_UNCONFIRMED } from '../src/rabbitmq/confirm-publisher.js';
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
    await expect(transport.queueDepth(FIRST, 'normal')).rejects.toMatchObject({
      code: 'service.unavailable',
    });
    expect(transport.isReady()).toBe(true);
    expect(await transport.queueDepth(SECOND, 'normal')).toBe(0);
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
      log.lines.find(({ message }) => message === 'amqp.broker_lost')?.fields['error'],
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
    const burst = Array.from({ length: MAX_UNCONFIRMED * MAX_BUNDLED + 10 }, () =>
      transport.publish(aMessage()),
    );
    const results = await Promise.allSettled(burst);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await transport.queueDepth(FIRST, 'normal')).toBe(MAX_UNCONFIRMED);
    await withChannel(broker.url, async (channel) => await channel.purgeQueue(WORK));
  });

  test('carries what is published together in one message, and settles each alert by itself', async () => {
    const transport = await open();
    const messages = Array.from({ length: 5 }, () => aMessage());
    const [poison] = messages;
    await Promise.all(messages.map((message) => transport.publish(message)));
    expect(await transport.queueDepth(FIRST, 'normal')).toBe(1);
    const { handled, options } = recorder();
    const attempts: string[] = [];
    await transport.consume(
      FIRST,
      async ({ message_id }) => {
        attempts.push(message_id);
        if (message_id === poison?.message_id) throw new Error('not this one');
        return undefined;
      },
      options,
    );
    await eventually(() =>
      expect(handled.filter(({ outcome }) => outcome === 'dead_lettered')).toHaveLength(1),
    );
    const retries = FIRST.retryDelaysSeconds.length;
    expect(attempts).toHaveLength(messages.length + retries);
    expect(handled.filter(({ outcome }) => outcome === 'acked')).toHaveLength(4);
    expect(handled.at(-1)).toMatchObject({ alertId: poison?.alert_id, attempt: retries + 1 });
    await withChannel(broker.url, async (channel) => {
      await channel.purgeQueue(deadLetterQueueName(WORK));
    });
  });

  test('takes a bundle apart that comes again', async () => {
    const first = await open();
    const messages = Array.from({ length: 3 }, () => aMessage());
    await Promise.all(messages.map((message) => first.publish(message)));
    await withChannel(broker.url, async (channel) => {
      // Fetched but never answered, like a consumer that crashed on it.
      expect(await channel.get(WORK)).toBeTruthy();
    });
    const blocked = new Promise<never>(() => undefined);
    const { options } = recorder();
    const seen = new Set<string>();
    const dying = await connectForTest(broker.url, memoryLog());
    await dying.consume(
      FIRST,
      async ({ message_id }) => {
        seen.add(message_id);
        return await blocked;
      },
      { ...options, prefetch: 1 },
    );
    await eventually(() => expect(seen.size).toBe(1));
    // One is in work, the others wait as separate messages.
    await eventually(async () => expect(await first.queueDepth(FIRST, 'normal')).toBe(2));
    await dying[Symbol.asyncDispose]();
    const { handled, options: recorded } = recorder();
    await first.consume(FIRST, async () => undefined, recorded);
    await eventually(() =>
      expect(handled.map(({ messageId }) => messageId).sort()).toEqual(
        messages.map(({ message_id }) => message_id).sort(),
      ),
    );
  });

  test('returns the part of a bundle that was not begun when it drains', async () => {
    const transport = await open();
    // Acks of the previous test may be lost with its connection.
    await withChannel(broker.url, async (channel) => await channel.purgeQueue(WORK));
    const messages = Array.from({ length: 3 }, () => aMessage());
    await Promise.all(messages.map((message) => transport.publish(message)));
    const { handled, options } = recorder();
    let finish = (): void => undefined;
    const untilFinished = new Promise<void>((resolve) => (finish = resolve));
    const consumer = await transport.consume(
      FIRST,
      async () => {
        await untilFinished;
        return undefined;
      },
      { ...options, prefetch: 1 },
    );
    await eventually(async () => expect(await transport.queueDepth(FIRST, 'normal')).toBe(0));
    const drained = consumer.drain();
    finish();
    await drained;
    expect(handled.length).toBeLessThan(messages.length);
    const again = recorder();
    await transport.consume(FIRST, async () => undefined, again.options);
    const idsOf = (events: readonly { messageId: string }[]) =>
      new Set(events.map(({ messageId }) => messageId));
    await eventually(() =>
      expect(idsOf(again.handled)).toEqual(new Set(messages.map(({ message_id }) => message_id))),
    );
  });
});
