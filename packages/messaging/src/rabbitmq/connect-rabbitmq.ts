import { setMaxListeners } from 'node:events';
import { type Lane, SUBSCRIPTIONS, type Subscription, queueName } from '@calseta/common';
import { type Channel, type ConfirmChannel } from 'amqplib';
import { asPromise } from '../delivery/as-promise.js';
import { createCheckedRequests } from '../delivery/checked-requests.js';
import { createBundlePublisher } from './bundle-publisher.js';
import { type Envelope, createConfirmPublisher } from './confirm-publisher.js';
import { unavailable } from '../delivery/unavailable.js';
import { type LaneConsumer, consumeLane } from './consume-lane.js';
import { closeQuietly, keepChannel } from './keep-channel.js';
import { logOutage } from './log-outage.js';
import { type BrokerConnection, openConnection } from './open-connection.js';
import {
  type RabbitmqResponder,
  createRequester,
  respondOverRabbitmq,
} from './rabbitmq-requests.js';
import { renderTopology } from './topology.js';
import { type Consumer, type PipelineTransport } from '../transport.js';
import { type TransportLog } from '../transport-log.js';

export type RabbitmqOptions = {
  url: string;
  connectionName: string;
  confirmTimeoutMs: number;
  log: TransportLog;
  /** Whose queues are declared on connecting; all of the pipeline unless told otherwise. */
  subscriptions?: readonly Subscription[];
};

/** How long a question about a queue may take; a blocked broker does not answer. */
const DEPTH_TIMEOUT_MS = 5_000;

/**
 * The pipeline over RabbitMQ. Comes up without a broker too, and is unready until there is one. Publishing has
 * a connection of its own: while the broker is short of memory or disk it reads nothing from one that
 * publishes, and what is consumed meanwhile could not be acked.
 */
export async function connectRabbitmq(options: RabbitmqOptions): Promise<PipelineTransport> {
  const { confirmTimeoutMs, log } = options;
  const abort = new AbortController();
  const closing = abort.signal;
  // One listener for each channel, and for each message that waits to be set aside; the prefetch bounds those.
  setMaxListeners(0, closing);
  const consumers = new Set<LaneConsumer | RabbitmqResponder>();
  const outage = logOutage(log, 'broker', { connection: options.connectionName });
  const publisher = createConfirmPublisher({
    confirmTimeoutMs,
    onTimeout: () => channel.replace(confirmTimeoutMs),
    onFailed: (error) => outage.failed('confirms', error),
    onConfirmed: () => outage.works('confirms'),
  });
  function onBlocked(reason: string | undefined): void {
    publisher.setBlocked(reason);
    if (reason === undefined) outage.works('resources');
    else outage.failed('resources', `The broker takes no messages: ${reason}`);
  }
  const [publishing, consuming] = await Promise.all([
    openConnection({
      url: options.url,
      connectionName: `${options.connectionName}: publishing`,
      topology: renderTopology(options.subscriptions ?? Object.values(SUBSCRIPTIONS)),
      onBlocked,
      outage,
      log,
    }),
    openConnection({
      url: options.url,
      connectionName: `${options.connectionName}: consuming`,
      // Each consumer declares its own queues.
      topology: renderTopology([]),
      outage,
      log,
    }),
  ]);
  const openConfirmChannel = (): Promise<ConfirmChannel> => publishing.createConfirmChannel();
  const channel = keepChannel({
    name: 'publish',
    open: openConfirmChannel,
    setup: (opened) =>
      asPromise(() => {
        publisher.attach(opened);
        outage.works('confirms');
      }),
    onLost: () => publisher.detach(),
    log,
    closing,
  });
  const requester = createRequester({
    openChannel: openConfirmChannel,
    confirmTimeoutMs,
    log,
    closing,
  });

  const publish = createBundlePublisher((envelope) => publisher.publish(envelope));

  /** Waits for the first subscribing unless the broker is away: then it happens when it is back. */
  async function started(
    connection: BrokerConnection,
    ...starting: (LaneConsumer | RabbitmqResponder)[]
  ): Promise<Consumer> {
    for (const consumer of starting) consumers.add(consumer);
    if (connection.isConnected()) await Promise.all(starting.map(({ firstTry }) => firstTry));
    return {
      async drain() {
        await Promise.all(starting.map((consumer) => consumer.drain()));
        for (const consumer of starting) consumers.delete(consumer);
      },
    };
  }

  if (publishing.isConnected()) await Promise.all([channel.firstTry, requester.channel.firstTry]);
  return {
    publish,
    async consume(subscription, handler, consumeOptions) {
      const { retryDelaysSeconds } = subscription;
      const work = { ...consumeOptions, handler, retryDelaysSeconds, signal: closing, log };
      const publishCopy = (envelope: Envelope): Promise<void> => publisher.publish(envelope);
      const consumerOf = (lane: Lane) =>
        consumeLane({
          subscription,
          lane,
          work,
          openChannel: () => consuming.createChannel(),
          publishMessage: publish,
          publishCopy,
        });
      const lanes = { normal: consumerOf('normal'), urgent: consumerOf('urgent') };
      const consumer = await started(consuming, ...Object.values(lanes));
      return { ...consumer, waiting: (lane) => lanes[lane].waiting() };
    },
    ...createCheckedRequests({
      request: requester.request,
      async respond(topic, responder) {
        // Replies are published.
        const openChannel = (): Promise<Channel> => publishing.createChannel();
        return await started(
          publishing,
          respondOverRabbitmq({ topic, responder, openChannel, log, closing }),
        );
      },
    }),
    async queueDepth(subscription, lane) {
      if (!consuming.isConnected()) throw unavailable('No connection to the broker.');
      return await readDepth(consuming, queueName(subscription, lane));
    },
    isReady: () =>
      channel.isOpen() &&
      requester.channel.isOpen() &&
      publisher.blockedBy() === undefined &&
      [...consumers].every((consumer) => consumer.isOpen()),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await Promise.all([publishing.close(), consuming.close()]);
    },
  };
}

/** On a channel of its own, which a missing queue (404) closes. */
async function readDepth(connection: BrokerConnection, queue: string): Promise<number> {
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    const timer = setTimeout(() => void closeQuietly(channel), DEPTH_TIMEOUT_MS);
    try {
      const { messageCount } = await channel.checkQueue(queue);
      return messageCount;
    } finally {
      clearTimeout(timer);
      await closeQuietly(channel);
    }
  } catch (cause) {
    throw unavailable(`The queue ${queue} cannot be read.`, cause);
  }
}
