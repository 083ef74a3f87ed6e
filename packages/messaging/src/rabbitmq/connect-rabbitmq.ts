import { setMaxListeners } from 'node:events';
import { type Outage } from '@calseta/async';
import { queueName, type Subscription, SUBSCRIPTIONS, type TlsFiles } from '@calseta/common';
import { asPromise } from '../protocol/as-promise.js';
import { createCheckedRequests } from '../protocol/checked-requests.js';
import { type TransportLog } from '../transport-log.js';
import { type Consumer, type PipelineTransport } from '../transport.js';
import { createBundlePublisher } from './bundle-publisher.js';
import { type ConfirmPublisher, createConfirmPublisher } from './confirm-publisher.js';
import { consumeLane, type LaneConsumer, type LaneOptions } from './consume-lane.js';
import { keepChannel } from './keep-channel.js';
import { logOutage } from './log-outage.js';
import { type BrokerConnection, openConnection } from './open-connection.js';
import {
  createRequester,
  type RabbitmqResponder,
  respondOverRabbitmq,
} from './rabbitmq-requests.js';
import { readDepth } from './read-depth.js';
import { renderTopology } from './topology.js';

/** Port: shows a number that is read when somebody asks. */
export interface BrokerMetrics {
  watch(name: string, help: string, read: () => number): void;
}

export type RabbitmqOptions = {
  url: string;
  tls?: TlsFiles | undefined;
  connectionName: string;
  confirmTimeoutMs: number;
  log: TransportLog;
  /** Shows whether the broker is connected. */
  metrics?: BrokerMetrics;
  /** Subscriptions whose queues are declared on connecting; all by default. */
  subscriptions?: readonly Subscription[];
};

/**
 * The pipeline over RabbitMQ. It starts without a broker too, and is unready until one is available. Publishing has its
 * own connection: a broker short of memory or disk stops reading from connections that publish, which would delay acks
 * on them.
 */
export async function connectRabbitmq(options: RabbitmqOptions): Promise<PipelineTransport> {
  const { confirmTimeoutMs, log } = options;
  const abort = new AbortController();
  const closing = abort.signal;
  // One listener per channel and per message that waits to be set aside; the prefetch limits the latter.
  setMaxListeners(0, closing);
  const outage = logOutage(log, 'broker', { connection: options.connectionName });
  const publisher = createConfirmPublisher({
    confirmTimeoutMs,
    onTimeout: () => channel.replace(confirmTimeoutMs),
    onFailed: (error) => outage.failed('confirms', error),
    onConfirmed: () => outage.works('confirms'),
  });
  const { publishing, consuming } = await openConnections(options, publisher, outage);
  options.metrics?.watch(
    'calseta_broker_connected',
    '1 while both connections to RabbitMQ are open, else 0.',
    () => (publishing.isConnected() && consuming.isConnected() ? 1 : 0),
  );
  const openChannel = () => publishing.createConfirmChannel();
  const channel = keepChannel({
    name: 'publish',
    open: openChannel,
    setup: (opened) =>
      asPromise(() => {
        publisher.attach(opened);
        outage.works('confirms');
      }),
    onLost: () => publisher.detach(),
    log,
    closing,
  });
  const requester = createRequester({ openChannel, confirmTimeoutMs, log, closing });
  const consumers = createConsumers();
  const publish = createBundlePublisher((envelope) => publisher.publish(envelope));

  if (publishing.isConnected()) await Promise.all([channel.firstTry, requester.channel.firstTry]);
  return {
    publish,
    async consume(subscription, handler, consumeOptions) {
      const { retryDelaysSeconds } = subscription;
      const lane: Omit<LaneOptions, 'lane'> = {
        subscription,
        work: { ...consumeOptions, handler, retryDelaysSeconds, signal: closing, log },
        openChannel: () => consuming.createChannel(),
        publishMessage: publish,
        publishCopy: (envelope) => publisher.publish(envelope),
      };
      const normal = consumeLane({ ...lane, lane: 'normal' });
      const urgent = consumeLane({ ...lane, lane: 'urgent' });
      const consumer = await consumers.start(consuming, normal, urgent);
      return { ...consumer, waiting: (of) => (of === 'urgent' ? urgent : normal).waiting() };
    },
    ...createCheckedRequests({
      request: requester.request,
      async respond(topic, responder) {
        // Sends replies, so it uses the publishing connection.
        const answering = { topic, responder, openChannel: () => publishing.createChannel() };
        return await consumers.start(
          publishing,
          respondOverRabbitmq({ ...answering, log, closing }),
        );
      },
    }),
    queueDepth: async (subscription, lane) =>
      await readDepth(consuming, queueName(subscription, lane)),
    isReady: () =>
      channel.isOpen() &&
      requester.channel.isOpen() &&
      publisher.blockedBy() === undefined &&
      consumers.areOpen(),
    async [Symbol.asyncDispose]() {
      abort.abort();
      await Promise.all([publishing.close(), consuming.close()]);
    },
  };
}

async function openConnections(
  { url, tls, connectionName, subscriptions, log }: RabbitmqOptions,
  publisher: ConfirmPublisher,
  outage: Outage,
): Promise<{ publishing: BrokerConnection; consuming: BrokerConnection }> {
  const [publishing, consuming] = await Promise.all([
    openConnection({
      url,
      tls,
      connectionName: `${connectionName}: publishing`,
      topology: renderTopology(subscriptions ?? Object.values(SUBSCRIPTIONS)),
      onBlocked(reason) {
        publisher.setBlocked(reason);
        if (reason === undefined) outage.works('resources');
        else outage.failed('resources', `The broker takes no messages: ${reason}`);
      },
      outage,
      log,
    }),
    openConnection({
      url,
      tls,
      connectionName: `${connectionName}: consuming`,
      // Each consumer declares its own queues.
      topology: renderTopology([]),
      outage,
      log,
    }),
  ]);
  return { publishing, consuming };
}

/** The consumers and responders of a transport; it is ready while all of them are open. */
function createConsumers() {
  const open = new Set<LaneConsumer | RabbitmqResponder>();
  return {
    areOpen: () => [...open].every((consumer) => consumer.isOpen()),
    /** Waits until they have subscribed. While the broker is down, it does not wait: they subscribe when it is back. */
    async start(
      connection: BrokerConnection,
      ...starting: (LaneConsumer | RabbitmqResponder)[]
    ): Promise<Consumer> {
      for (const consumer of starting) open.add(consumer);
      if (connection.isConnected()) await Promise.all(starting.map(({ firstTry }) => firstTry));
      return {
        async drain() {
          await Promise.all(starting.map((consumer) => consumer.drain()));
          for (const consumer of starting) open.delete(consumer);
        },
      };
    },
  };
}
