import { isTransient, PermanentError } from '@calseta/common';
import { type DeliveryHistory } from './delivery-headers.js';

export type RetryDecision = { kind: 'retry'; delaySeconds: number } | { kind: 'dead-letter' };

/**
 * What follows for a message after its latest failure, which is counted already. An outage or overload of ours is
 * not the message's fault: it waits at the longest delay, as often as needed. When the alert itself causes the
 * overload, the sweeper ends it: it gives up alerts that do not move through all its sweeps.
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
