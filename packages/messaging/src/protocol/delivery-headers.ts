import { AppError, isTransient } from '@calseta/common';

/** The history of a message, kept in its AMQP headers. */
export type DeliveryHistory = {
  failedAttempts: number;
  /** Failures other than an outage or overload of ours. */
  ownFailures: number;
  firstFailedAt: string | undefined;
  originalExchange: string;
  originalRoutingKey: string;
  traceparent: string | undefined;
};

export type DeliveryHeaders = Record<string, unknown>;

/** Higher counts do not come from us. */
const MAX_BELIEVABLE_ATTEMPTS = 1_000_000;

/** Reads the headers of a delivery; missing or invalid values count as a first delivery. */
export function readHistory(
  headers: DeliveryHeaders,
  arrived: { exchange: string; routingKey: string },
): DeliveryHistory {
  return {
    failedAttempts: count(headers['x-attempts']),
    ownFailures: count(headers['x-own-failures']),
    firstFailedAt: text(headers['x-first-failed-at']),
    originalExchange: text(headers['x-original-exchange']) ?? arrived.exchange,
    originalRoutingKey: text(headers['x-original-routing-key']) ?? arrived.routingKey,
    traceparent: text(headers['traceparent']),
  };
}

/** The history after one more failure. */
export const afterFailure = (
  history: DeliveryHistory,
  error: Error,
  now: Date,
): DeliveryHistory => ({
  ...history,
  failedAttempts: history.failedAttempts + 1,
  ownFailures: history.ownFailures + (isTransient(error) ? 0 : 1),
  firstFailedAt: history.firstFailedAt ?? now.toISOString(),
});

/** Headers of the copy for a wait queue or the dead letters. */
export function writeHistory(history: DeliveryHistory, error: Error): DeliveryHeaders {
  return {
    'x-attempts': history.failedAttempts,
    'x-own-failures': history.ownFailures,
    'x-first-failed-at': history.firstFailedAt,
    'x-error-code': error instanceof AppError ? error.code : 'internal.error',
    'x-original-exchange': history.originalExchange,
    'x-original-routing-key': history.originalRoutingKey,
    ...(history.traceparent !== undefined && { traceparent: history.traceparent }),
  };
}

const count = (value: unknown): number =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  value >= 0 &&
  value < MAX_BELIEVABLE_ATTEMPTS
    ? value
    : 0;

/** Longer values do not come from us, and a copy must fit into the broker's 64 KiB of headers. */
const MAX_HEADER_LENGTH = 255;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_HEADER_LENGTH ? value : undefined;
