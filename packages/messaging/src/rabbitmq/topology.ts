import {
  ALERT_EXCHANGE,
  DEAD_LETTER_EXCHANGE,
  DELIVERY_LIMIT,
  LANES,
  type Lane,
  type Subscription,
  deadLetterQueueName,
  queueName,
  retryQueueName,
  routingKey,
} from '@calseta/common';

export type ExchangeSpec = { name: string; type: 'topic' | 'direct' };
export type QueueSpec = { name: string; arguments: Record<string, string | number> };
export type BindingSpec = { queue: string; exchange: string; routingKey: string };
export type Topology = {
  exchanges: ExchangeSpec[];
  queues: QueueSpec[];
  bindings: BindingSpec[];
};

/** A full work queue refuses messages; their alerts wait in Postgres for the sweeper. */
export const WORK_QUEUE_MAX_MESSAGES = 1_000_000;
/** The oldest dead letters are dropped; the alert keeps the reason of its failure. */
export const DEAD_LETTER_QUEUE_MAX_MESSAGES = 100_000;
/**
 * Operators may read and requeue dead letters without limit; RabbitMQ 4 drops messages after 20 deliveries by default.
 */
const UNLIMITED_DELIVERIES = 1_000_000_000;

/** Everything that the given subscriptions need on the broker, as data. */
export function renderTopology(subscriptions: readonly Subscription[]): Topology {
  const parts = subscriptions.flatMap((subscription) =>
    LANES.map((lane) => laneTopology(subscription, lane)),
  );
  return {
    exchanges: [
      { name: ALERT_EXCHANGE, type: 'topic' },
      { name: DEAD_LETTER_EXCHANGE, type: 'direct' },
    ],
    queues: parts.flatMap((part) => part.queues),
    bindings: parts.flatMap((part) => part.bindings),
  };
}

function laneTopology(subscription: Subscription, lane: Lane): Omit<Topology, 'exchanges'> {
  const work = queueName(subscription, lane);
  const dead = deadLetterQueueName(work);
  const delays = [...new Set(subscription.retryDelaysSeconds)];
  return {
    queues: [
      deadLetterQueue(dead),
      workQueue(work),
      ...delays.map((delaySeconds) => waitQueue(work, delaySeconds)),
    ],
    bindings: [
      { queue: dead, exchange: DEAD_LETTER_EXCHANGE, routingKey: work },
      {
        queue: work,
        exchange: ALERT_EXCHANGE,
        routingKey: routingKey(subscription.consumes, lane),
      },
    ],
  };
}

const workQueue = (name: string): QueueSpec => ({
  name,
  arguments: {
    'x-queue-type': 'quorum',
    'x-delivery-limit': DELIVERY_LIMIT,
    'x-max-length': WORK_QUEUE_MAX_MESSAGES,
    ...deadLettering(DEAD_LETTER_EXCHANGE, name),
  },
});

/** Holds a message for its delay, then returns it to the work queue through the default exchange. */
const waitQueue = (work: string, delaySeconds: number): QueueSpec => ({
  name: retryQueueName(work, delaySeconds),
  arguments: {
    'x-queue-type': 'quorum',
    'x-message-ttl': Math.round(delaySeconds * 1000),
    'x-max-length': WORK_QUEUE_MAX_MESSAGES,
    ...deadLettering('', work),
  },
});

const deadLetterQueue = (name: string): QueueSpec => ({
  name,
  arguments: {
    'x-queue-type': 'quorum',
    'x-delivery-limit': UNLIMITED_DELIVERIES,
    'x-max-length': DEAD_LETTER_QUEUE_MAX_MESSAGES,
    'x-overflow': 'drop-head',
  },
});

/**
 * At-least-once dead-lettering needs `reject-publish`; without it the broker silently falls back to at-most-once.
 */
const deadLettering = (exchange: string, key: string): Record<string, string> => ({
  'x-dead-letter-exchange': exchange,
  'x-dead-letter-routing-key': key,
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
});
