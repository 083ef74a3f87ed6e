import {
  ALERT_EXCHANGE,
  type AlertMessage,
  LANES,
  type Lane,
  SUBSCRIPTIONS,
  type Subscription,
  newTraceparent,
  queueName,
  routingKey,
} from '@calseta/common';
import { asPromise } from '../protocol/as-promise.js';
import { overloaded, unavailable } from '../protocol/unavailable.js';
import { encodeMessage } from '../protocol/encode-message.js';
import { createCheckedRequests } from '../protocol/checked-requests.js';
import { createInProcessRequests } from './in-process-requests.js';
import { createMemoryQueue, type DeadLetter, type MemoryQueue } from './memory-queue.js';
import { type Delivery } from '../protocol/process-delivery.js';
import {
  type ConsumeOptions,
  type MessageHandler,
  type PipelineTransport,
  type StageConsumer,
} from '../transport.js';
import { type TransportLog } from '../transport-log.js';

export type InProcessOptions = {
  subscriptions?: readonly Subscription[];
  /** Maximum number of messages of a lane, waiting or in work; further ones are refused. */
  maxQueued?: number;
  log?: TransportLog;
};

export interface InProcessTransport extends PipelineTransport {
  /** The latest dead letters of a subscription, oldest first. */
  deadLetters(subscription: Subscription): readonly DeadLetter[];
  /** Returns a dead letter to its queue, unchanged. */
  redeliver(delivery: Delivery): void;
}

export const DEFAULT_MAX_QUEUED = 10_000;
const silentLog: TransportLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * The transport without a broker. Its messages are lost at exit; after the next start the sweepers publish them again.
 */
export function createInProcessTransport(options: InProcessOptions = {}): InProcessTransport {
  const { log = silentLog, maxQueued = DEFAULT_MAX_QUEUED } = options;
  const abort = new AbortController();
  const queues = new Map<string, MemoryQueue>();
  const routes = new Map<string, Set<MemoryQueue>>();
  const requests = createCheckedRequests(createInProcessRequests(abort.signal));
  for (const subscription of options.subscriptions ?? Object.values(SUBSCRIPTIONS)) {
    lanesOf(subscription);
  }

  /** Creates a missing queue, as a consumer does with a broker. */
  function queueOf(subscription: Subscription, lane: Lane): MemoryQueue {
    const name = queueName(subscription, lane);
    const queue = queues.get(name) ?? createMemoryQueue({ name, maxQueued, closing: abort.signal });
    queues.set(name, queue);
    const key = routingKey(subscription.consumes, lane);
    routes.set(key, (routes.get(key) ?? new Set()).add(queue));
    return queue;
  }

  function lanesOf(subscription: Subscription): MemoryQueue[] {
    return LANES.map((lane) => queueOf(subscription, lane));
  }

  const enqueue = (message: AlertMessage, traceparent = newTraceparent()): void => {
    if (abort.signal.aborted) throw unavailable('The transport is closed.');
    const key = routingKey(message.type, message.lane);
    const targets = [...(routes.get(key) ?? [])];
    if (targets.length === 0) throw unavailable(`No queue takes messages of ${key}.`);
    if (targets.some((queue) => queue.isFull())) throw overloaded(`A queue of ${key} is full.`);
    const delivery = {
      exchange: ALERT_EXCHANGE,
      routingKey: key,
      messageId: message.message_id,
      body: Buffer.from(encodeMessage(message)),
      headers: { traceparent },
    };
    for (const queue of targets) queue.push({ ...delivery, queue: queue.name });
  };
  const publish: PipelineTransport['publish'] = (message, { traceparent } = {}) =>
    asPromise(() => enqueue(message, traceparent));

  function consume(
    subscription: Subscription,
    handler: MessageHandler,
    consumeOptions: ConsumeOptions,
  ): StageConsumer {
    const { retryDelaysSeconds } = subscription;
    const work = { ...consumeOptions, handler, retryDelaysSeconds, signal: abort.signal, log };
    const consumers = lanesOf(subscription).map((queue) => queue.consume(work, publish));
    return {
      // Waiting messages stay on the queue, which counts them.
      waiting: () => 0,
      async drain() {
        await Promise.all(consumers.map((consumer) => consumer.drain()));
      },
    };
  }

  return {
    publish,
    consume: (subscription, handler, consumeOptions) =>
      asPromise(() => consume(subscription, handler, consumeOptions)),
    ...requests,
    queueDepth: (subscription, lane) => asPromise(() => queueOf(subscription, lane).depth()),
    deadLetters: (subscription) => lanesOf(subscription).flatMap((queue) => queue.deadLetters()),
    redeliver: (delivery) => queues.get(delivery.queue)?.push(delivery),
    isReady: () => !abort.signal.aborted,
    [Symbol.asyncDispose]: () => asPromise(() => abort.abort()),
  };
}
