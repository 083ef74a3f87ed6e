import { AppError } from '@calseta/common';

/** The broker is not available. */
export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('service.unavailable', message, { cause, retryAfterSeconds: 5 });
}

/** The broker is available, but too much waits for it. */
export function overloaded(message: string): AppError {
  return new AppError('service.overloaded', message, { retryAfterSeconds: 5 });
}

/** Throws when a reply does not arrive in time. */
export function unanswered(topic: string, timeoutMs: number): never {
  throw unavailable(`Nobody answered ${topic} within ${timeoutMs} ms.`);
}
