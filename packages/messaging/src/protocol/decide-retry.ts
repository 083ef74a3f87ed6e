import { isTransient, PermanentError } from '@calseta/common';
import { type DeliveryHistory } from './delivery-headers.js';

export type RetryDecision = { kind: 'retry'; delaySeconds: number } | { kind: 'dead-letter' };

/**
 * What happens to a message after its latest failure, which is already counted. A message is not blamed for an outage
 * or overload of ours: it is retried at the longest delay without limit. If the alert itself causes the overload, the
 * sweeper gives it up after all its sweeps.
 */
export function decideRetry(
  error: Error,
  { failedAttempts, ownFailures }: Pick<DeliveryHistory, 'failedAttempts' | 'ownFailures'>,
  retryDelaysSeconds: readonly number[],
): RetryDecision {
  if (error instanceof PermanentError) return { kind: 'dead-letter' };
  const delaySeconds = isTransient(error)
    ? (retryDelaysSeconds[failedAttempts - 1] ?? retryDelaysSeconds.at(-1))
    : retryDelaysSeconds[ownFailures - 1];
  return delaySeconds === undefined ? { kind: 'dead-letter' } : { kind: 'retry', delaySeconds };
}
