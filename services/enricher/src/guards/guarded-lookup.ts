import { type Protections } from './protections.js';
import { bulkhead } from './bulkhead.js';
import { breaker, type BreakerDeps } from './breaker.js';
import { catchDefects, catchFailures } from './catch-failures.js';
import { type Guard, type PerformLookup } from './guard.js';
import { quota, type QuotaDeps } from './quota.js';
import { retryTransient } from './retry-transient.js';
import { singleFlight } from './single-flight.js';
import { timeLimit } from './time-limit.js';

export type OutsideGuardDeps = Omit<BreakerDeps, 'protections'> &
  QuotaDeps & { protections: Protections };

/** The guards around a local provider, outermost first. */
export const localGuards = (): Guard[] => [singleFlight(), timeLimit, catchFailures];

/**
 * The guards around a provider outside, outermost first. The cache and the single flight over all replicas stand
 * before them; a retry passes all of them again.
 */
export const outsideGuards = (deps: OutsideGuardDeps): Guard[] => [
  catchDefects,
  retryTransient,
  breaker(deps),
  bulkhead(deps.protections),
  quota(deps),
  timeLimit,
  catchFailures,
];

/** A lookup through all guards; it never rejects. */
export const createGuardedLookup = (guards: readonly Guard[]): PerformLookup =>
  guards.reduceRight<PerformLookup>((next, guard) => guard(next), askProvider);

async function askProvider({ provider, subject, context }: Parameters<PerformLookup>[0]) {
  return await provider.lookup(subject, context);
}
