import { createTokenBucket, type TokenBucket, type TokenBucketPolicy } from '@calseta/async';
import { LRUCache } from 'lru-cache';
import { networkOf } from './network-of.js';

/** Failures that an address may make at once. */
export const FAILURE_BURST = 60;
/** Failures that it regains per second. */
export const FAILURE_REFILL_PER_SECOND = 1;
/** Maximum number of addresses in memory; the least recently seen is forgotten first. */
export const FAILURE_MAX_ADDRESSES = 10_000;

export type FailureLimits = TokenBucketPolicy & { maxAddresses: number };

export const DEFAULT_FAILURE_LIMITS: FailureLimits = {
  burst: FAILURE_BURST,
  refillPerSecond: FAILURE_REFILL_PER_SECOND,
  maxAddresses: FAILURE_MAX_ADDRESSES,
};

/** A token bucket of failed authentications per client address. */
export function createFailureLimiter(limits: FailureLimits, nowMs: () => number) {
  const buckets = new LRUCache<string, TokenBucket>({ max: limits.maxAddresses });

  return {
    /** Counts a failure; returns 0, or the seconds until the next one is allowed when none was left. */
    take(address: string): number {
      const network = networkOf(address);
      const bucket = buckets.get(network) ?? createTokenBucket(limits, nowMs);
      buckets.set(network, bucket);
      return bucket.take() ? 0 : Math.max(1, Math.ceil(bucket.waitMs() / 1_000));
    },
  };
}
