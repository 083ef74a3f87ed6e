export type TokenBucketPolicy = {
  /** Tokens in a full bucket. */
  burst: number;
  refillPerSecond: number;
};

/** The state of one bucket. Callers that keep many buckets bound their number. */
export interface TokenBucket {
  /** Milliseconds until there is a token. */
  waitMs(): number;
  /** Takes a token; false when there is none. */
  take(): boolean;
  giveBack(): void;
}

/** A bucket that starts full and refills evenly, up to `burst`. */
export function createTokenBucket(policy: TokenBucketPolicy, nowMs: () => number): TokenBucket {
  const { burst, refillPerSecond } = policy;
  let tokens = burst;
  let atMs = nowMs();

  const refill = () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + (Math.max(0, now - atMs) / 1_000) * refillPerSecond);
    atMs = now;
  };

  return {
    waitMs() {
      refill();
      return tokens >= 1 ? 0 : ((1 - tokens) / refillPerSecond) * 1_000;
    },
    take() {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    giveBack() {
      refill();
      tokens = Math.min(burst, tokens + 1);
    },
  };
}
