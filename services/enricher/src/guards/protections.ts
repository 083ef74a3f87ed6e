import { type Breaker, type Bulkhead, createBreaker, createBulkhead } from '@calseta/async';

/** What stands between a provider and its calls in this process; it outlives changes of the provider's settings. */
export type Protection = {
  breaker: Breaker;
  bulkhead: Bulkhead;
  /** Lookups that the breaker has let through. */
  underWay: number;
  /** Why the breaker opened. */
  lastFailure: string;
};

export type Protections = { of(providerName: string): Protection };

const BREAKER = { failureThreshold: 5, minOpenMs: 5_000, maxOpenMs: 300_000 };
/** Lookups of one provider in this process; more wait, and beyond that they fail at once. */
const BULKHEAD = { maxRunning: 8, maxWaiting: 500 };

export function createProtections(now: () => number = () => performance.now()): Protections {
  const known = new Map<string, Protection>();
  return {
    of(name) {
      const protection = known.get(name) ?? {
        breaker: createBreaker(BREAKER, now),
        bulkhead: createBulkhead(BULKHEAD),
        underWay: 0,
        lastFailure: '',
      };
      known.set(name, protection);
      return protection;
    },
  };
}

export const isLeftAlone = ({ breaker }: Protection): boolean => breaker.capacity(1) === 0;
