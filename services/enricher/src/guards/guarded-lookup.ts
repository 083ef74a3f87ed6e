import { catchFailures } from './catch-failures.js';
import { type Guard, type PerformLookup } from './guard.js';
import { singleFlight } from './single-flight.js';
import { timeLimit } from './time-limit.js';

/** The guards around a provider, outermost first. */
export const createGuards = (): Guard[] => [singleFlight(), timeLimit, catchFailures];

/** A lookup through all guards; it never rejects. */
export const createGuardedLookup = (guards: readonly Guard[]): PerformLookup =>
  guards.reduceRight<PerformLookup>((next, guard) => guard(next), askProvider);

async function askProvider({ provider, subject, context }: Parameters<PerformLookup>[0]) {
  return await provider.lookup(subject, context);
}
