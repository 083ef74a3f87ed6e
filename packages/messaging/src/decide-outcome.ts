import { AppError, PermanentError } from '@calseta/common';

export type FailureOutcome = { kind: 'retry'; delaySeconds: number } | { kind: 'dead-letter' };

/**
 * What becomes of a message after its `attempt`-th failure. An outage of ours (`service.unavailable`) is no
 * fault of the message: it keeps waiting at the longest delay and is never given up.
 */
export function decideOutcome(
  error: Error,
  attempt: number,
  retryDelaysSeconds: readonly number[],
): FailureOutcome {
  if (error instanceof PermanentError) return { kind: 'dead-letter' };
  const isOutage = error instanceof AppError && error.code === 'service.unavailable';
  const delaySeconds = retryDelaysSeconds[attempt - 1] ?? (isOutage && retryDelaysSeconds.at(-1));
  return typeof delaySeconds === 'number'
    ? { kind: 'retry', delaySeconds }
    : { kind: 'dead-letter' };
}
