import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';

/** Failures that an address may make at once. */
export const FAILURE_BURST = 60;
/** Failures that it regains each second. */
export const FAILURE_REFILL_PER_SECOND = 1;
/** Addresses remembered; the one longest unseen is forgotten first. */
export const FAILURE_MAX_ADDRESSES = 10_000;

export type FailureLimits = {
  burst: number;
  refillPerSecond: number;
  maxAddresses: number;
};

export const DEFAULT_FAILURE_LIMITS: FailureLimits = {
  burst: FAILURE_BURST,
  refillPerSecond: FAILURE_REFILL_PER_SECOND,
  maxAddresses: FAILURE_MAX_ADDRESSES,
};

type Bucket = { tokens: number; at: number };

/** A token bucket of failed authentications per client address. */
export function createFailureLimiter(limits: FailureLimits, nowMs: () => number) {
  const buckets = new LRUCache<string, Bucket>({ max: limits.maxAddresses });

  function bucketOf(address: string): Bucket {
    const key = networkOf(address);
    const now = nowMs();
    const bucket = buckets.get(key) ?? { tokens: limits.burst, at: now };
    const regained = (Math.max(0, now - bucket.at) / 1_000) * limits.refillPerSecond;
    bucket.tokens = Math.min(limits.burst, bucket.tokens + regained);
    bucket.at = now;
    buckets.set(key, bucket);
    return bucket;
  }

  return {
    /** Seconds until the address may fail again; 0 when it may now. */
    retryAfterSeconds(address: string): number {
      if (!buckets.has(networkOf(address))) return 0;
      const { tokens } = bucketOf(address);
      return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / limits.refillPerSecond));
    },
    take(address: string): void {
      const bucket = bucketOf(address);
      bucket.tokens = Math.max(0, bucket.tokens - 1);
    },
    giveBack(address: string): void {
      const bucket = bucketOf(address);
      bucket.tokens = Math.min(limits.burst, bucket.tokens + 1);
    },
  };
}

/** One client owns a whole IPv6 /64, so that is what is counted. */
function networkOf(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.'))
    return address.slice('::ffff:'.length);
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::')
    ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
    : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
