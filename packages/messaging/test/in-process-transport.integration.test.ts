import { afterEach, describe, expect, test } from '@jest/globals';
import { ALERT_EXCHANGE, queueName } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { createInProcessTransport } from '../src/in-process/in-process-transport.js';
import {
  FIRST,
  SECOND,
  aMessage,
  describeTransportContract,
  gate,
  nextOf,
  recorder,
} from './transport-contract.js';

describeTransportContract('in process', async () => {
  const transport = createInProcessTransport({ subscriptions: [FIRST, SECOND] });
  return {
    transport,
    publishRaw: async (subscription, body) =>
      transport.redeliver({
        queue: queueName(subscription, 'normal'),
        exchange: ALERT_EXCHANGE,
        routingKey: subscription.consumes,
        body: Buffer.from(body),
        headers: {},
      }),
    deadLetters: async (subscription) =>
      transport
        .deadLetters(subscription)
        .map(({ body, headers }) => ({ body: Buffer.from(body).toString(), headers })),
    close: async () => await transport[Symbol.asyncDispose](),
  };
});

describe('createInProcessTransport', () => {
  const opened: AsyncDisposable[] = [];
  const open = (maxQueued: number) => {
    const transport = createInProcessTransport({ subscriptions: [FIRST, SECOND], maxQueued });
    opened.push(transport);
    return transport;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
  });

  test('refuses messages beyond its bound, counting those in work and waiting', async () => {
    const transport = open(3);
    const { options } = recorder({ prefetch: 1 });
    const hold = gate();
    await transport.consume(FIRST, async () => await hold.opened.then(() => undefined), options);
    for (let count = 0; count < 3; count += 1) await transport.publish(aMessage());
    await expect(transport.publish(aMessage())).rejects.toMatchObject({
      code: 'service.overloaded',
    });
    await transport.publish(aMessage({ lane: 'urgent' }));
    hold.open();
    await eventually(async () => await transport.publish(aMessage()));
  });

  test('never runs a handler within publish', async () => {
    const transport = open(10);
    const { handled, options } = recorder();
    let isPublishing = false;
    let ranInside = false;
    await transport.consume(FIRST, async () => void (ranInside ||= isPublishing), options);
    isPublishing = true;
    const published = transport.publish(aMessage());
    isPublishing = false;
    await published;
    await eventually(() => expect(handled).toHaveLength(1));
    expect(ranInside).toBe(false);
  });

  test('holds a message whose next stage is full, and gives it back when drained', async () => {
    const transport = open(1);
    const { handled, options } = recorder();
    await transport.publish(aMessage({ type: 'alert.extracted' }));
    const handling = gate();
    const consumer = await transport.consume(
      FIRST,
      async (message) => {
        handling.open();
        return nextOf(message);
      },
      options,
    );
    await transport.publish(aMessage());
    await handling.opened;
    await consumer.drain();
    expect(handled).toEqual([]);
    expect(await transport.queueDepth(FIRST, 'normal')).toBe(1);
  });

  test('replays a dead letter with its history', async () => {
    const transport = open(10);
    const { handled, options } = recorder();
    let isCured = false;
    await transport.consume(
      FIRST,
      async () => {
        if (!isCured) throw new Error('not cured');
        return undefined;
      },
      options,
    );
    await transport.publish(aMessage());
    await eventually(() => expect(transport.deadLetters(FIRST)).toHaveLength(1));
    isCured = true;
    transport.redeliver(transport.deadLetters(FIRST)[0]!);
    await eventually(() => expect(handled.at(-1)).toMatchObject({ outcome: 'acked', attempt: 4 }));
  });

  test('is unready and refuses messages once closed', async () => {
    const transport = open(10);
    await transport[Symbol.asyncDispose]();
    expect(transport.isReady()).toBe(false);
    await expect(transport.publish(aMessage())).rejects.toMatchObject({
      code: 'service.unavailable',
    });
  });
});
