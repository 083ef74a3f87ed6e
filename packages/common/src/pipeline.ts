/**
 * The pipeline as data: the messages, their consumers, and the retries of a failed message. Queues, dead
 * letters and docs are derived from this file.
 *
 *   ingest-api ─ alert.ingested ─▶ extractor ─ alert.extracted ─▶ enricher ─ alert.enriched ─▶ dispatcher
 */
export const ALERT_EXCHANGE = 'calseta.alerts';
export const DEAD_LETTER_EXCHANGE = 'calseta.alerts.dead';

export const MESSAGE_TYPES = ['alert.ingested', 'alert.extracted', 'alert.enriched'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Critical and High alerts use their own lane, so that a flood of Low ones cannot delay them. */
export const LANES = ['normal', 'urgent'] as const;
export type Lane = (typeof LANES)[number];

/**
 * Delays between the attempts to handle a message after temporary failures.
 *
 * | attempt | 1 | 2   | 3    | 4    | 5     | dead letter |
 * | after   | 0 | 1 s | 5 s  | 30 s | 120 s |             |
 * | total   | 0 | 1 s | 6 s  | 36 s | 156 s |             |
 */
export const RETRY_DELAYS_SECONDS = [1, 5, 30, 120] as const;

/** Redeliveries after crashes of consumers, after which the broker dead-letters a message. */
export const DELIVERY_LIMIT = 20;

export type Subscription = {
  service: 'extractor' | 'enricher' | 'dispatcher';
  consumes: MessageType;
  retryDelaysSeconds: readonly number[];
};

export const SUBSCRIPTIONS = {
  extractor: {
    service: 'extractor',
    consumes: 'alert.ingested',
    retryDelaysSeconds: RETRY_DELAYS_SECONDS,
  },
  enricher: {
    service: 'enricher',
    consumes: 'alert.extracted',
    retryDelaysSeconds: RETRY_DELAYS_SECONDS,
  },
  dispatcher: {
    service: 'dispatcher',
    consumes: 'alert.enriched',
    retryDelaysSeconds: RETRY_DELAYS_SECONDS,
  },
} as const satisfies Record<string, Subscription>;

/** The routing key: `alert.ingested` in the normal lane, `alert.ingested.urgent` in the urgent one. */
export function routingKey(type: MessageType, lane: Lane): string {
  return lane === 'normal' ? type : `${type}.${lane}`;
}

/** The queue name: `extractor.alert-ingested`, `extractor.alert-ingested.urgent`. */
export function queueName(subscription: Subscription, lane: Lane): string {
  const base = `${subscription.service}.${subscription.consumes.replace('.', '-')}`;
  return lane === 'normal' ? base : `${base}.${lane}`;
}

export const retryQueueName = (queue: string, delaySeconds: number): string =>
  `${queue}.retry.${delaySeconds}s`;

export const deadLetterQueueName = (queue: string): string => `${queue}.dead`;
