import {
  DEAD_LETTER_EXCHANGE,
  type Lane,
  type Subscription,
  queueName,
  retryQueueName,
} from '@calseta/common';
import { type Channel, type ConsumeMessage, type Options } from 'amqplib';
import { declareTopology } from './declare-topology.js';
import { type DeliveryHeaders } from './delivery-headers.js';
import { type Envelope } from './confirm-publisher.js';
import { type KeptChannel, closeQuietly, keepChannel } from './keep-channel.js';
import { type DeliveryWork, processDelivery, type Settlement } from './process-delivery.js';
import { renderTopology } from './topology.js';
import { type Consumer, type PipelineTransport } from './transport.js';

export type LaneOptions = {
  subscription: Subscription;
  lane: Lane;
  work: DeliveryWork;
  openChannel: () => Promise<Channel>;
  publishMessage: PipelineTransport['publish'];
  publishCopy: (envelope: Envelope) => Promise<void>;
};

export type LaneConsumer = Consumer & Pick<KeptChannel, 'isOpen' | 'firstTry'>;

/** Consumes one lane of a subscription on a channel of its own, prefetch = messages in work at once. */
export function consumeLane(options: LaneOptions): LaneConsumer {
  const { subscription, lane, work } = options;
  const queue = queueName(subscription, lane);
  const inWork = new Set<Promise<void>>();
  let draining = false;
  let cancel: (() => Promise<void>) | undefined;

  const kept = keepChannel({
    name: queue,
    open: options.openChannel,
    log: work.log,
    closing: work.signal,
    async setup(channel) {
      let isLost = false;
      channel.on('close', () => (isLost = true));
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
    const { exchange, routingKey } = delivery.fields;
    const messageId: unknown = delivery.properties.messageId;
    const processed = processDelivery(
      {
        queue,
        exchange,
        routingKey,
        messageId: typeof messageId === 'string' ? messageId : undefined,
        body: delivery.content,
        headers: delivery.properties.headers ?? {},
      },
      settlementOf(delivery, channel, isAbandoned),
      work,
    )
      .catch((error: unknown) => {
        work.log.error('message.unsettled', { queue, error: String(error) });
      })
      .finally(() => inWork.delete(processed));
    inWork.add(processed);
  }

  function settlementOf(
    delivery: ConsumeMessage,
    channel: Channel,
    isAbandoned: () => boolean,
  ): Settlement {
    const copyTo = (exchange: string, key: string, headers: DeliveryHeaders): Promise<void> =>
      options.publishCopy({
        exchange,
        routingKey: key,
        body: delivery.content,
        properties: { ...identityOf(delivery), persistent: true, headers },
      });
    return {
      publishNext: (message, traceparent) => options.publishMessage(message, { traceparent }),
      sendToWaitQueue: (delaySeconds, headers) =>
        copyTo('', retryQueueName(queue, delaySeconds), headers),
      sendToDeadLetters: (headers) => copyTo(DEAD_LETTER_EXCHANGE, queue, headers),
      isAbandoned,
      ack() {
        try {
          channel.ack(delivery);
        } catch {
          // The channel died meanwhile: the message comes again, and its handler is idempotent.
          work.log.warn('message.ack_lost', { queue });
        }
      },
    };
  }

  return {
    isOpen: () => kept.isOpen(),
    firstTry: kept.firstTry,
    async drain() {
      draining = true;
      kept.retire();
      await cancel?.().catch(() => undefined);
      await Promise.all(inWork);
      await kept.close();
    },
  };
}

const COPIED_PROPERTIES = new Set(['contentType', 'messageId', 'type']);

/** What a copy keeps of the original's properties. */
function identityOf({ properties }: ConsumeMessage): Options.Publish {
  const entries = Object.entries(properties) as [string, unknown][];
  return Object.fromEntries(
    entries.filter(([name, value]) => COPIED_PROPERTIES.has(name) && typeof value === 'string'),
  );
}
