import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type ConfirmChannel, type Options } from 'amqplib';
import {
  type ConfirmPublisher,
  MAX_UNCONFIRMED,
  createConfirmPublisher,
} from './confirm-publisher.js';

type Sent = { properties: Options.Publish; confirm: (error: unknown) => void };

/** A channel whose confirms come from the test. */
class ChannelDouble extends EventEmitter {
  readonly sent: Sent[] = [];
  publish(
    _exchange: string,
    _key: string,
    _body: Buffer,
    properties: Options.Publish,
    confirm: Sent['confirm'],
  ) {
    this.sent.push({ properties, confirm });
    return true;
  }
}

const ENVELOPE = { exchange: 'x', routingKey: 'k', body: Buffer.from('b'), properties: {} };

describe('createConfirmPublisher', () => {
  let channel: ChannelDouble;
  let publisher: ConfirmPublisher;
  let timeouts: number;

  beforeEach(() => {
    channel = new ChannelDouble();
    timeouts = 0;
    publisher = createConfirmPublisher({ confirmTimeoutMs: 20, onTimeout: () => (timeouts += 1) });
    publisher.attach(channel as unknown as ConfirmChannel);
  });

  test('publishes as mandatory and resolves with the confirm', async () => {
    const published = publisher.publish(ENVELOPE);
    expect(channel.sent[0]?.properties.mandatory).toBe(true);
    channel.sent[0]?.confirm(null);
    await expect(published).resolves.toBeUndefined();
  });

  test.each([
    ['a nack', (sent: Sent) => sent.confirm(new Error('message nacked'))],
    [
      'a return, though an ack follows',
      (sent: Sent, on: ChannelDouble) => {
        on.emit('return', {
          fields: { exchange: 'x', routingKey: 'k' },
          properties: sent.properties,
        });
        sent.confirm(null);
      },
    ],
    ['a confirm that stays away', () => undefined],
  ])('rejects on %s', async (_, answer) => {
    const published = publisher.publish(ENVELOPE);
    answer(channel.sent[0]!, channel);
    await expect(published).rejects.toMatchObject({ code: 'service.unavailable' });
  });

  test('asks for another channel after a time-out on the current one only', async () => {
    const late = publisher.publish(ENVELOPE);
    const other = new ChannelDouble();
    publisher.attach(other as unknown as ConfirmChannel);
    await expect(late).rejects.toMatchObject({ code: 'service.unavailable' });
    expect(timeouts).toBe(0);
    await expect(publisher.publish(ENVELOPE)).rejects.toMatchObject({
      code: 'service.unavailable',
    });
    expect(timeouts).toBe(1);
  });

  test('fails fast without a channel and while the broker is blocked', async () => {
    publisher.setBlocked('low on memory');
    await expect(publisher.publish(ENVELOPE)).rejects.toThrow('takes no messages: low on memory');
    publisher.setBlocked(undefined);
    publisher.detach();
    await expect(publisher.publish(ENVELOPE)).rejects.toThrow('No connection');
    expect(channel.sent).toEqual([]);
  });

  test('refuses one message more than may be unconfirmed', async () => {
    const all = Array.from({ length: MAX_UNCONFIRMED }, () => publisher.publish(ENVELOPE));
    await expect(publisher.publish(ENVELOPE)).rejects.toThrow('unconfirmed already');
    for (const { confirm } of channel.sent) confirm(null);
    await Promise.all(all);
    const one = publisher.publish(ENVELOPE);
    channel.sent.at(-1)?.confirm(null);
    await expect(one).resolves.toBeUndefined();
  });

  test('treats a channel that throws as unavailable', async () => {
    channel.publish = () => {
      throw new Error('Channel closed');
    };
    await expect(publisher.publish(ENVELOPE)).rejects.toMatchObject({
      code: 'service.unavailable',
    });
  });
});
