import { type Lane, queueName, type Subscription } from '@calseta/common';
import { type Channel, type ConsumeMessage } from 'amqplib';
import { type TransportLog } from '../transport-log.js';
import { type Consumer } from '../transport.js';
import { declareTopology } from './declare-topology.js';
import { closeQuietly, keepChannel, type KeptChannel } from './keep-channel.js';
import { createLaneWork, type LaneWorkOptions } from './lane-work.js';
import { renderTopology } from './topology.js';

export type LaneOptions = Omit<LaneWorkOptions, 'queue'> & {
  subscription: Subscription;
  lane: Lane;
  openChannel: () => Promise<Channel>;
};

export type LaneConsumer = Consumer &
  Pick<KeptChannel, 'isOpen' | 'firstTry'> & {
    /** Alerts that have arrived but are not started. */
    waiting(): number;
  };

/** Consumes one lane of a subscription on its own channel. */
export function consumeLane(options: LaneOptions): LaneConsumer {
  const { subscription, work } = options;
  const queue = queueName(subscription, options.lane);
  const laneWork = createLaneWork({ ...options, queue });
  const ack = createAck(queue, work.log);
  let isDraining = false;
  let cancel: (() => Promise<void>) | undefined;

  const kept = keepChannel({
    name: queue,
    open: options.openChannel,
    setup: subscribe,
    log: work.log,
    closing: work.signal,
  });

  async function subscribe(channel: Channel): Promise<void> {
    let isLost = false;
    channel.on('close', () => {
      isLost = true;
      laneWork.abandonWaiting();
    });
    await declareTopology(channel, renderTopology([subscription]));
    await channel.prefetch(work.prefetch);
    const isAbandoned = (): boolean => isLost || isDraining;
    const { consumerTag } = await channel.consume(queue, (delivery) => {
      if (delivery === null) {
        // The broker cancelled the consumer: the queue was deleted or moved, or the consumer was too slow. Open a new
        // channel.
        work.log.warn('amqp.consumer_cancelled', { queue });
        void closeQuietly(channel);
      } else if (!isDraining) {
        laneWork.start({ delivery, isAbandoned, ack: () => ack(channel, delivery) });
      }
    });
    cancel = async () => {
      await channel.cancel(consumerTag);
    };
  }

  return {
    isOpen: () => kept.isOpen(),
    waiting: () => laneWork.waiting(),
    firstTry: kept.firstTry,
    async drain() {
      isDraining = true;
      laneWork.abandonWaiting();
      kept.retire();
      await cancel?.().catch(() => undefined);
      await laneWork.settled();
      await kept.close();
    },
  };
}

/** Acks a message. On a closed channel it logs once that the ack is lost. */
function createAck(queue: string, log: TransportLog) {
  const lost = new WeakSet<Channel>();
  return (channel: Channel, delivery: ConsumeMessage): void => {
    try {
      channel.ack(delivery);
    } catch {
      // The message is redelivered, and its handler is idempotent.
      if (!lost.has(channel)) log.warn('message.ack_lost', { queue });
      lost.add(channel);
    }
  };
}
