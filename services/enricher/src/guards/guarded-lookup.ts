import { isolate } from './isolate.js';
import { type Guard, type Lookup } from './guard.js';
import { singleFlight } from './single-flight.js';
import { timeLimit } from './time-limit.js';

/**
 * What stands between the engine and a provider, outermost first. Whether a provider is asked at all
 * (enrichable?, cache) is decided before, for all indicators of an alert at once.
 */
export const createGuards = (): Guard[] => [singleFlight(), timeLimit, isolate];

/** Composes the guards around the provider's own lookup; the result never rejects. */
export const createGuardedLookup = (guards: readonly Guard[]): Lookup =>
  guards.reduceRight<Lookup>((next, guard) => guard(next), askProvider);

const askProvider: Lookup = async ({ provider, subject, context }) =>
  await provider.lookup(subject, context);
