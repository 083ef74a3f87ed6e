export type BreakerPolicy = {
  /** Failures in a row that open the breaker. */
  failureThreshold: number;
  /** First wait before a probe; it doubles with every probe that fails. */
  minOpenMs: number;
  maxOpenMs: number;
};

/**
 * Stops calls to a callee that fails:
 * closed ─ failures in a row, or `Retry-After` ─▶ open ─ wait over ─▶ one probe ─ success ─▶ closed.
 */
export interface Breaker {
  /** How many attempts may be under way: all, one (a probe) or none. */
  capacity(maxConcurrency: number): number;
  /** Time until the next probe, ms: 0 when one may go now; undefined while the breaker is closed. */
  waitMs(): number | undefined;
  succeeded(): void;
  failed(): void;
  /** Opens the breaker because the callee asked for a pause. */
  pause(delayMs: number): void;
  /** How long it stays open, ms; 0 when it is not, or when a probe is due. */
  openForMs(): number;
}

export function createBreaker(policy: BreakerPolicy, now: () => number): Breaker {
  let failures = 0;
  let openMs = 0;
  let openUntil: number | undefined;

  const isWaiting = () => openUntil !== undefined && now() < openUntil;
  const openFor = (delayMs: number) => {
    openUntil = Math.max(openUntil ?? 0, now() + Math.min(delayMs, policy.maxOpenMs));
  };

  return {
    capacity(maxConcurrency) {
      if (openUntil === undefined) return maxConcurrency;
      return isWaiting() ? 0 : 1;
    },
    waitMs: () => (openUntil === undefined ? undefined : Math.max(0, openUntil - now())),
    succeeded() {
      failures = 0;
      openMs = 0;
      openUntil = undefined;
    },
    failed() {
      failures += 1;
      // Attempts that were under way when the breaker opened do not open it again; a probe that fails does.
      if (isWaiting()) return;
      if (openUntil === undefined && failures < policy.failureThreshold) return;
      openMs = openMs === 0 ? policy.minOpenMs : Math.min(openMs * 2, policy.maxOpenMs);
      openFor(openMs);
    },
    pause: openFor,
    openForMs: () => Math.max(0, (openUntil ?? 0) - now()),
  };
}
