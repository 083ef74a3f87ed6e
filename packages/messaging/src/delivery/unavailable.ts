import { AppError } from '@calseta/common';

/** Trying again makes sense as soon as the broker is back. */
export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('service.unavailable', message, { cause, retryAfterSeconds: 5 });
}
