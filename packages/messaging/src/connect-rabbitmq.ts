import { type Lane, SUBSCRIPTIONS, type Subscription, queueName } from '@calseta/common';
import { type Channel, type ConfirmChannel } from 'amqplib';
import { asPromise } from './as-promise.js';
import { createBundlePublisher } from './bundle-publisher.js';
import { type Envelope, createConfirmPublisher, unavailable } from './confirm-publisher.js';
import { type LaneConsumer, consumeLane } from './consume-lane.js';
import { closeQuietly, keepChannel } from './keep-channel.js';
import { openConnection } from './open-connection.js';
import {
  type RabbitmqResponder,
  createRequester,
  respondOverRabbitmq,
} from './rabbitmq-requests.js';
import { renderTopology } from './topology.js';
import { type Consumer, type PipelineTransport } from './transport.js';
import { type TransportLog } from './transport-log.js';

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

/** The pipeline over RabbitMQ. Comes up without a broker too, and is unready until there is one. */
export async function connectRabbitmq(options: RabbitmqOptions): Promise<PipelineTransport> {
  const { confirmTimeoutMs, log } = options;
  const abort = new AbortController();
  const closing = abort.signal;
  const consumers = new Set<LaneConsumer | RabbitmqResponder>();
  const publisher = createConfirmPublisher({
    confirmTimeoutMs,
    onTimeout: () => channel.replace(confirmTimeoutMs),
  });
  const connection = await openConnection({
    url: options.url,
    connectionName: options.connectionName,
    topology: renderTopology(options.subscriptions ?? Object.values(SUBSCRIPTIONS)),
    onBlocked: (reason) => publisher.setBlocked(reason),
    log,
  });
  const openChannel = (): Promise<Channel> => connection.createChannel();
  const openConfirmChannel = (): Promise<ConfirmChannel> => connection.createConfirmChannel();
  const channel = keepChannel({
    name: 'publish',
    open: openConfirmChannel,
    setup: (opened) => asPromise(() => publisher.attach(opened)),
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
  async function started(...starting: (LaneConsumer | RabbitmqResponder)[]): Promise<Consumer> {
    for (const consumer of starting) consumers.add(consumer);
    if (connection.isConnected()) await Promise.all(starting.map(({ firstTry }) => firstTry));
    return {
      async drain() {
        await Promise.all(starting.map((consumer) => consumer.drain()));
        for (const consumer of starting) consumers.delete(consumer);
      },
    };
  }

  if (connection.isConnected()) await Promise.all([channel.firstTry, requester.channel.firstTry]);
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
          openChannel,
          publishMessage: publish,
          publishCopy,
        });
      const lanes = { normal: consumerOf('normal'), urgent: consumerOf('urgent') };
      const consumer = await started(...Object.values(lanes));
      return { ...consumer, waiting: (lane) => lanes[lane].waiting() };
    },
    request: requester.request,
    async respond(topic, responder) {
      return await started(respondOverRabbitmq({ topic, responder, openChannel, log, closing }));
    },
    async queueDepth(subscription, lane) {
      if (!connection.isConnected()) throw unavailable('No connection to the broker.');
      return await readDepth(openChannel, queueName(subscription, lane));
    },
    isReady: () =>
      channel.isOpen() &&
      requester.channel.isOpen() &&
      publisher.blockedBy() === undefined &&
      [...consumers].every((consumer) => consumer.isOpen()),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await connection.close();
    },
  };
}

/** On a channel of its own, which a missing queue (404) closes. */
async function readDepth(openChannel: () => Promise<Channel>, queue: string): Promise<number> {
  const channel = await openChannel();
  channel.on('error', () => undefined);
  const timer = setTimeout(() => void closeQuietly(channel), DEPTH_TIMEOUT_MS);
  try {
    const { messageCount } = await channel.checkQueue(queue);
    return messageCount;
  } catch (cause) {
    throw unavailable(`The queue ${queue} cannot be read.`, cause);
  } finally {
    clearTimeout(timer);
    await closeQuietly(channel);
  }
}
