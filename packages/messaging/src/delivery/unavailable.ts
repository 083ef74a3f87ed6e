import { AppError } from '@calseta/common';

/** Trying again makes sense as soon as the broker is back. */
export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('service.unavailable', message, { cause, retryAfterSeconds: 5 });
}

/** There is a broker, and too much waits for it. */
export function overloaded(message: string): AppError {
  return new AppError('service.overloaded', message, { retryAfterSeconds: 5 });
}

/** For a request whose reply did not come in time; throws. */
export function unanswered(topic: string, timeoutMs: number): never {
  throw unavailable(`Nobody answered ${topic} within ${timeoutMs} ms.`);
}
