import { type AlertMessage, PermanentError, childTraceparent } from '@calseta/common';
import { backOffMs, pause } from '@calseta/async';
import { decideRetry } from './decide-retry.js';
import {
  type DeliveryHeaders,
  type DeliveryHistory,
  afterFailure,
  readHistory,
  writeHistory,
} from './delivery-headers.js';
import { decodeMessage } from './encode-message.js';
import {
  type ConsumeOptions,
  type HandlingContext,
  type MessageHandled,
  type MessageHandler,
} from '../transport.js';
import { type TransportLog } from '../transport-log.js';

/** One message from a queue of any transport. */
export type Delivery = {
  queue: string;
  exchange: string;
  routingKey: string;
  messageId?: string;
  body: Uint8Array;
  headers: DeliveryHeaders;
};

/** How a delivery ends. The first three methods resolve once the broker has the copy. */
export interface Settlement {
  publishNext(message: AlertMessage, traceparent: string): Promise<void>;
  sendToWaitQueue(delaySeconds: number, headers: DeliveryHeaders): Promise<void>;
  sendToDeadLetters(headers: DeliveryHeaders): Promise<void>;
  ack(): void;
  /** True when an ack can no longer reach the broker, or the consumer drains: the message is redelivered. */
  isAbandoned(): boolean;
}

export type DeliveryWork = ConsumeOptions & {
  handler: MessageHandler;
  retryDelaysSeconds: readonly number[];
  signal: AbortSignal;
  log: TransportLog;
};

type Attempt = { message?: AlertMessage; error?: Error };

/**
 * Path of every delivery: parse → handler → publish the next message → ack | wait queue | dead letters. Published
 * messages are confirmed before the ack. A delivery that cannot be acked is redelivered.
 */
export async function processDelivery(
  delivery: Delivery,
  settlement: Settlement,
  work: DeliveryWork,
): Promise<void> {
  const startedAt = Date.now();
  const history = readHistory(delivery.headers, delivery);
  const traceparent = childTraceparent(history.traceparent);
  const context = { attempt: history.failedAttempts + 1, traceparent, signal: work.signal };
  const { message, error } = await attempt(delivery, context, settlement, work);
  const outcome = error
    ? await settleFailure({ delivery, history, settlement, work, error, message })
    : 'acked';
  if (outcome === 'abandoned' || (error === undefined && message === undefined)) return;
  settlement.ack();
  const event: MessageHandled = {
    queue: delivery.queue,
    messageId: message?.message_id ?? delivery.messageId ?? 'unknown',
    alertId: message?.alert_id ?? 'unknown',
    traceparent,
    parentTraceparent: history.traceparent,
    startedAt,
    attempt: context.attempt,
    outcome,
    durationMs: Date.now() - startedAt,
    waitMs: message ? Math.max(0, startedAt - Date.parse(message.occurred_at)) : 0,
  };
  work.observer.handled(error ? { ...event, error } : event);
}

/** Stands for a delivery that was abandoned. */
async function attempt(
  delivery: Delivery,
  context: HandlingContext,
  settlement: Settlement,
  { handler, signal }: DeliveryWork,
): Promise<Attempt> {
  let message: AlertMessage | undefined;
  try {
    message = decodeMessage(delivery.body);
    const next = await handler(message, context);
    if (next === undefined) return { message };
    const isSafe = await untilSafe(settlement, signal, () =>
      settlement.publishNext(next, context.traceparent),
    );
    return isSafe ? { message } : {};
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return message ? { message, error } : { error };
  }
}

async function settleFailure(failed: {
  delivery: Delivery;
  history: DeliveryHistory;
  settlement: Settlement;
  work: DeliveryWork;
  error: Error;
  message: AlertMessage | undefined;
}): Promise<'retried' | 'dead_lettered' | 'abandoned'> {
  const { delivery, settlement, work, error, message } = failed;
  const history = afterFailure(failed.history, error, new Date());
  const headers = writeHistory(history, error);
  const outcome = decideRetry(error, history, work.retryDelaysSeconds);
  const isSafe = await untilSafe(settlement, work.signal, () =>
    outcome.kind === 'retry'
      ? settlement.sendToWaitQueue(outcome.delaySeconds, headers)
      : settlement.sendToDeadLetters(headers),
  );
  if (!isSafe) return 'abandoned';
  if (outcome.kind === 'retry') return 'retried';
  try {
    if (message) await work.onDeadLetter(message, error);
  } catch (cause) {
    // The message is already in the dead letters; the sweeper finds the unmarked alert.
    work.log.error('message.dead_letter_unmarked', { queue: delivery.queue, error: String(cause) });
  }
  return 'dead_lettered';
}

/**
 * Publishes until the broker confirms. The work is already committed, and a returned delivery would only repeat it.
 * False when the delivery is abandoned.
 */
export async function untilSafe(
  settlement: Pick<Settlement, 'isAbandoned'>,
  signal: AbortSignal,
  publish: () => Promise<void>,
): Promise<boolean> {
  const isOver = (): boolean => settlement.isAbandoned() || signal.aborted;
  for (let failures = 1; ; failures += 1) {
    try {
      await publish();
      return true;
    } catch (error) {
      if (error instanceof PermanentError) throw error;
    }
    if (isOver()) return false;
    await pause(backOffMs(failures), signal);
    if (isOver()) return false;
  }
}
