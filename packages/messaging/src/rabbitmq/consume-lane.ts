import {
  DEAD_LETTER_EXCHANGE,
  type Lane,
  type Subscription,
  queueName,
  retryQueueName,
} from '@calseta/common';
import { type Channel, type ConsumeMessage } from 'amqplib';
import { type Line, unbundle } from '../delivery/bundle.js';
import { declareTopology } from './declare-topology.js';
import { type Envelope } from './confirm-publisher.js';
import { type KeptChannel, closeQuietly, keepChannel } from './keep-channel.js';
import {
  type DeliveryWork,
  processDelivery,
  type Settlement,
  untilSafe,
} from '../delivery/process-delivery.js';
import { renderTopology } from './topology.js';
import { type Consumer, type PipelineTransport } from '../transport.js';

export type LaneOptions = {
  subscription: Subscription;
  lane: Lane;
  work: DeliveryWork;
  openChannel: () => Promise<Channel>;
  publishMessage: PipelineTransport['publish'];
  publishCopy: (envelope: Envelope) => Promise<void>;
};

export type LaneConsumer = Consumer &
  Pick<KeptChannel, 'isOpen' | 'firstTry'> & {
    /** Alerts that have been fetched and are not begun. */
    waiting(): number;
  };

/** Consumes one lane of a subscription on a channel of its own, at most `prefetch` alerts in work at once. */
export function consumeLane(options: LaneOptions): LaneConsumer {
  const { subscription, lane, work } = options;
  const queue = queueName(subscription, lane);
  /** Lines of bundles that wait for a place; what is not begun when we stop comes again elsewhere. */
  const ready: (() => Promise<void>)[] = [];
  const inWork = new Set<Promise<void>>();
  /** Bundles that are being taken apart; they keep no place from the alerts in work. */
  const takenApart = new Set<Promise<void>>();
  /** Channels of which it has been said that acks are lost with them. */
  const deadChannels = new WeakSet<Channel>();
  let draining = false;
  let cancel: (() => Promise<void>) | undefined;

  const kept = keepChannel({
    name: queue,
    open: options.openChannel,
    log: work.log,
    closing: work.signal,
    async setup(channel) {
      let isLost = false;
      channel.on('close', () => {
        isLost = true;
        ready.length = 0;
      });
      await declareTopology(channel, renderTopology([subscription]));
      await channel.prefetch(work.prefetch);
      const onDelivery = (delivery: ConsumeMessage | null): void => {
        if (delivery === null) {
          // The broker cancelled us (queue deleted, moved, or we were too slow): start over.
          work.log.warn('amqp.consumer_cancelled', { queue });
          void closeQuietly(channel);
        } else if (!draining) {
          start(delivery, channel, () => isLost || draining);
        }
      };
      const { consumerTag } = await channel.consume(queue, onDelivery);
      cancel = async () => {
        await channel.cancel(consumerTag);
      };
    },
  });

  function start(delivery: ConsumeMessage, channel: Channel, isAbandoned: () => boolean): void {
    const lines = unbundle(delivery.content, delivery.properties);
    const ackDelivery = (): void => {
      try {
        channel.ack(delivery);
      } catch {
        // The channel died meanwhile: the message comes again, and its handler is idempotent.
        if (!deadChannels.has(channel)) work.log.warn('message.ack_lost', { queue });
        deadChannels.add(channel);
      }
    };
    if (lines.length > 1 && delivery.fields.redelivered) {
      track(takeApart(lines, delivery, isAbandoned, ackDelivery), takenApart);
      return;
    }
    let unanswered = lines.length;
    const ack = (): void => {
      unanswered -= 1;
      if (unanswered === 0) ackDelivery();
    };
    const { exchange, routingKey } = delivery.fields;
    for (const line of lines) {
      const settlement = { ...settlementOf(line, delivery), isAbandoned, ack };
      ready.push(async () => {
        if (isAbandoned()) return;
        await processDelivery({ queue, exchange, routingKey, ...line }, settlement, work);
      });
    }
    startReady();
  }

  function startReady(): void {
    while (inWork.size < work.prefetch) {
      const next = ready.shift();
      if (!next) return;
      track(next(), inWork);
    }
  }

  function track(processing: Promise<void>, among: Set<Promise<void>>): void {
    const processed = processing
      .catch((error: unknown) => {
        work.log.error('message.unsettled', { queue, error: String(error) });
      })
      .finally(() => {
        among.delete(processed);
        startReady();
      });
    among.add(processed);
  }

  /** Of a bundle that comes again, one alert may be what its last consumer died of: each goes alone. */
  async function takeApart(
    lines: readonly Line[],
    delivery: ConsumeMessage,
    isAbandoned: () => boolean,
    ack: () => void,
  ): Promise<void> {
    for (const line of lines) {
      const isSafe = await untilSafe({ isAbandoned }, work.signal, () =>
        copyTo('', queue, line, delivery),
      );
      if (!isSafe) return;
    }
    ack();
  }

  const copyTo = (
    exchange: string,
    key: string,
    { body, headers, messageId }: Line,
    delivery: ConsumeMessage,
  ): Promise<void> =>
    options.publishCopy({
      exchange,
      routingKey: key,
      body: Buffer.from(body),
      properties: {
        contentType: 'application/json',
        ...(messageId !== undefined && { messageId }),
        ...(typeof delivery.properties.type === 'string' && { type: delivery.properties.type }),
        persistent: true,
        headers,
      },
    });

  const settlementOf = (
    line: Line,
    delivery: ConsumeMessage,
  ): Omit<Settlement, 'isAbandoned' | 'ack'> => ({
    publishNext: (message, traceparent) => options.publishMessage(message, { traceparent }),
    sendToWaitQueue: (delaySeconds, headers) =>
      copyTo('', retryQueueName(queue, delaySeconds), { ...line, headers }, delivery),
    sendToDeadLetters: (headers) =>
      copyTo(DEAD_LETTER_EXCHANGE, queue, { ...line, headers }, delivery),
  });

  return {
    isOpen: () => kept.isOpen(),
    waiting: () => ready.length,
    firstTry: kept.firstTry,
    async drain() {
      draining = true;
      ready.length = 0;
      kept.retire();
      await cancel?.().catch(() => undefined);
      await Promise.all([...inWork, ...takenApart]);
      await kept.close();
    },
  };
}
