import { createTokenBucket, type TokenBucket } from '@calseta/async';
import { AppError } from '@calseta/common';

export type RateLimiter = {
  /** Counts one request of the source, or refuses it; null means no limit. */
  take(sourceName: string, perMinute: number | null): void;
};

const SECONDS_A_MINUTE = 60;

type SourceBucket = { bucket: TokenBucket; perMinute: number };

/**
 * A token bucket per source, in this process: a minute's requests may come at once, and tokens return evenly.
 * Callers pass configured sources only, which bounds the number of buckets.
 */
export function createRateLimiter(nowMs: () => number = Date.now): RateLimiter {
  const buckets = new Map<string, SourceBucket>();

  /** After a change of the limit, the bucket is full. */
  function bucketOf(sourceName: string, perMinute: number): TokenBucket {
    const known = buckets.get(sourceName);
    if (known?.perMinute === perMinute) return known.bucket;
    const policy = { burst: perMinute, refillPerSecond: perMinute / SECONDS_A_MINUTE };
    const bucket = createTokenBucket(policy, nowMs);
    buckets.set(sourceName, { bucket, perMinute });
    return bucket;
  }

  return {
    take(sourceName, perMinute) {
      if (perMinute === null) {
        buckets.delete(sourceName);
        return;
      }
      const bucket = bucketOf(sourceName, perMinute);
      if (bucket.take()) return;
      throw new AppError('request.rate_limited', `The source may send ${perMinute} a minute.`, {
        retryAfterSeconds: Math.ceil(bucket.waitMs() / 1_000),
      });
    },
  };
}
