import { isTransient, PermanentError } from '@calseta/common';
import { type DeliveryHistory } from './delivery-headers.js';

export type FailureOutcome = { kind: 'retry'; delaySeconds: number } | { kind: 'dead-letter' };

/**
 * What becomes of a message after its latest failure, which is counted already. An outage or overload of ours is
 * no fault of the message: it keeps waiting at the longest delay and is never given up. An alert that is itself
 * what overloads us ends by the sweeper, which gives up what stands still through all its sweeps.
 */
export function decideOutcome(
  error: Error,
  { failedAttempts, ownFailures }: Pick<DeliveryHistory, 'failedAttempts' | 'ownFailures'>,
  retryDelaysSeconds: readonly number[],
): FailureOutcome {
  if (error instanceof PermanentError) return { kind: 'dead-letter' };
  const delaySeconds = isTransient(error)
    ? (retryDelaysSeconds[failedAttempts - 1] ?? retryDelaysSeconds.at(-1))
    : retryDelaysSeconds[ownFailures - 1];
  return delaySeconds === undefined ? { kind: 'dead-letter' } : { kind: 'retry', delaySeconds };
}
