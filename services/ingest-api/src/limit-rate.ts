import { AppError } from '@calseta/common';

export type RateLimiter = {
  /** Takes one request of the source, or refuses it; null means no limit. */
  take(sourceName: string, perMinute: number | null): void;
};

const MINUTE_MS = 60_000;

type Bucket = { tokens: number; atMs: number; perMinute: number };

/**
 * A token bucket for each source, of this process alone: a minute's worth may come at once, and what is
 * spent comes back evenly. Callers ask for configured sources only, which bounds the buckets.
 */
export function createRateLimiter(nowMs: () => number = Date.now): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(sourceName, perMinute) {
      if (perMinute === null) {
        buckets.delete(sourceName);
        return;
      }
      const now = nowMs();
      const bucket = buckets.get(sourceName);
      const tokens =
        bucket?.perMinute === perMinute
          ? Math.min(perMinute, bucket.tokens + ((now - bucket.atMs) * perMinute) / MINUTE_MS)
          : perMinute;
      const isTaken = tokens >= 1;
      buckets.set(sourceName, { tokens: isTaken ? tokens - 1 : tokens, atMs: now, perMinute });
      if (isTaken) return;
      const waitMs = ((1 - tokens) * MINUTE_MS) / perMinute;
      throw new AppError('request.rate_limited', `The source may send ${perMinute} a minute.`, {
        retryAfterSeconds: Math.ceil(waitMs / 1_000),
      });
    },
  };
}
