export type OutageOptions = {
  /** Called once, with what failed first. */
  onLost: (error: unknown, part: string) => void;
  /** Called once; `durationMs` ends when the last part worked again, `failures` counts what was reported meanwhile. */
  onBack: (outage: { durationMs: number; failures: number }) => void;
  /** Monotonic, ms. */
  now?: () => number;
};

/** Whether something that others depend on is there, as told by the parts of it that are used. */
export interface Outage {
  /** This part does not work. */
  failed(part: string, error: unknown): void;
  /** This part works, or works again. */
  works(part: string): void;
  isLost(): boolean;
}

/** Without a failure for so long, it counts as back. */
export const MIN_QUIET_MS = 1_000;
/** Each relapse doubles that time, up to this. */
export const MAX_QUIET_MS = 60_000;
/** A loss so soon after a return, in quiet times, is a relapse. */
const RELAPSE_WITHIN = 10;

/**
 * Makes one loss and one return of any number of failures. It is lost when a part fails, and back when every part works
 * and none has failed for a while. That while grows with each relapse, so that something that comes and goes is not
 * reported more than about once a minute.
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
