export type OutageOptions = {
  /** Called once in an outage, with its first failure. */
  onLost: (error: unknown, part: string) => void;
  /**
   * Called once at its end. `durationMs` ends when the last part worked again; `failures` counts all reported ones.
   */
  onBack: (outage: { durationMs: number; failures: number }) => void;
  /** Monotonic, ms. */
  now?: () => number;
};

/** Whether a server is there, as reported by the parts of it that are in use. */
export interface Outage {
  /** Reports that a part does not work. */
  failed(part: string, error: unknown): void;
  /** Reports that a part works. */
  works(part: string): void;
  isLost(): boolean;
}

/** The server counts as back after so long without a failure. */
export const MIN_QUIET_MS = 1_000;
/** Each relapse doubles that time, up to this maximum. */
export const MAX_QUIET_MS = 60_000;
/** A loss is a relapse when it comes within so many quiet times after a return. */
const RELAPSE_WITHIN = 10;

/**
 * Turns any number of failures into one loss and one return. The server is lost when a part fails, and back when
 * every part works and none has failed for the quiet time. That time grows with each relapse, so that a server that
 * comes and goes is reported about once a minute at most.
 */
export function createOutage(options: OutageOptions): Outage {
  const { onLost, onBack, now = () => performance.now() } = options;
  const failing = new Set<string>();
  let lostAt: number | undefined;
  let backAt = -Infinity;
  let failures = 0;
  let quietMs = MIN_QUIET_MS;
  let timer: NodeJS.Timeout | undefined;

  function settleLater(): void {
    const workedAt = now();
    clearTimeout(timer);
    timer = setTimeout(() => {
      const durationMs = workedAt - (lostAt ?? workedAt);
      lostAt = undefined;
      backAt = now();
      onBack({ durationMs, failures });
    }, quietMs);
    timer.unref();
  }

  return {
    failed(part, error) {
      failing.add(part);
      clearTimeout(timer);
      timer = undefined;
      if (lostAt !== undefined) {
        failures += 1;
        return;
      }
      lostAt = now();
      failures = 1;
      const isRelapse = lostAt - backAt < RELAPSE_WITHIN * quietMs;
      quietMs = isRelapse ? Math.min(MAX_QUIET_MS, 2 * quietMs) : MIN_QUIET_MS;
      onLost(error, part);
    },
    works(part) {
      if (!failing.delete(part) || failing.size > 0) return;
      settleLater();
    },
    isLost: () => lostAt !== undefined,
  };
}
