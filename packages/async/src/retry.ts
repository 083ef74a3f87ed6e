import { pause } from './back-off.js';

export type RetryOptions = {
  /** The wait before each retry, ms; one retry for each. */
  waitsMs: readonly number[];
  /** Whether a later try can succeed. */
  isRetryable: (error: unknown) => boolean;
  /** Ends the waiting, so that the last failure is thrown. */
  signal?: AbortSignal;
};

/** Retries until the work succeeds, fails for good, or has no wait left; throws its last failure. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { waitsMs, isRetryable, signal } = options;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const waitMs = waitsMs[tries];
      if (waitMs === undefined || !isRetryable(error) || signal?.aborted) throw error;
      await pause(waitMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}
