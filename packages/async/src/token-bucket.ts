export type TokenBucketPolicy = {
  /** Tokens of a full bucket: what may be taken at once. */
  burst: number;
  refillPerSecond: number;
};

/** A bucket's state; whoever keeps many of them bounds their number. */
export interface TokenBucket {
  /** Milliseconds until one token can be taken; 0 when there is one. */
  waitMs(): number;
  /** Takes a token; false, and takes none, when the bucket is empty. */
  take(): boolean;
  giveBack(): void;
}

/** A full bucket that loses a token with each `take` and regains them evenly, up to `burst`. */
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
