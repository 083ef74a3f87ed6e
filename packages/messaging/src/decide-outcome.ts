import { isTransient, PermanentError } from '@calseta/common';

export type FailureOutcome = { kind: 'retry'; delaySeconds: number } | { kind: 'dead-letter' };

/**
 * What becomes of a message after its `attempt`-th failure. An outage or overload of ours is no fault of the
 * message: it keeps waiting at the longest delay and is never given up. An alert that is itself what overloads
 * us ends by the sweeper, which gives up what stands still through all its sweeps.
 */
export function decideOutcome(
  error: Error,
  attempt: number,
  retryDelaysSeconds: readonly number[],
): FailureOutcome {
  if (error instanceof PermanentError) return { kind: 'dead-letter' };
  const longest = isTransient(error) ? retryDelaysSeconds.at(-1) : undefined;
  const delaySeconds = retryDelaysSeconds[attempt - 1] ?? longest;
  return delaySeconds === undefined ? { kind: 'dead-letter' } : { kind: 'retry', delaySeconds };
}
