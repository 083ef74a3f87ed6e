import { AppError } from '@calseta/common';

/** What a message tells of its way so far; kept in AMQP headers, so that a replay needs no guesswork. */
export type DeliveryHistory = {
  failedAttempts: number;
  firstFailedAt: string | undefined;
  originalExchange: string;
  originalRoutingKey: string;
  traceparent: string | undefined;
};

export type DeliveryHeaders = Record<string, unknown>;

/** A count above it was not written by us. */
const MAX_BELIEVABLE_ATTEMPTS = 1_000_000;

/** Reads the headers of a delivery; whatever is missing or foreign counts as a first delivery. */
export function readHistory(
  headers: DeliveryHeaders,
  arrived: { exchange: string; routingKey: string },
): DeliveryHistory {
  const attempts = headers['x-attempts'];
  return {
    failedAttempts:
      typeof attempts === 'number' &&
      Number.isInteger(attempts) &&
      attempts >= 0 &&
      attempts < MAX_BELIEVABLE_ATTEMPTS
        ? attempts
        : 0,
    firstFailedAt: text(headers['x-first-failed-at']),
    originalExchange: text(headers['x-original-exchange']) ?? arrived.exchange,
    originalRoutingKey: text(headers['x-original-routing-key']) ?? arrived.routingKey,
    traceparent: text(headers['traceparent']),
  };
}

/** The headers of the copy that goes to a wait queue or to the dead letters after one more failure. */
export function headersAfterFailure(
  history: DeliveryHistory,
  error: Error,
  now: Date,
): DeliveryHeaders {
  return {
    'x-attempts': history.failedAttempts + 1,
    'x-first-failed-at': history.firstFailedAt ?? now.toISOString(),
    'x-error-code': error instanceof AppError ? error.code : 'internal.error',
    'x-original-exchange': history.originalExchange,
    'x-original-routing-key': history.originalRoutingKey,
    ...(history.traceparent !== undefined && { traceparent: history.traceparent }),
  };
}

/** Longer ones are foreign: a copy must stay within the broker's 64 KiB of headers. */
const MAX_HEADER_LENGTH = 255;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_HEADER_LENGTH ? value : undefined;
