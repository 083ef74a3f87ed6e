export type Repeated = {
  /** Runs at once, or right after the run under way. */
  trigger(): void;
  /** No further run; waits for the one under way. */
  stop(): Promise<void>;
};

export type RepeatOptions = {
  /** From the end of a run to the next one; asked for after each. */
  intervalMs: () => number;
  work: () => Promise<void>;
  onError: (error: unknown) => void;
};

/** Share of the interval by which several replicas drift apart. */
const JITTER = 0.2;

/** Runs some work again and again, never twice at a time; the first run comes after a random part of the interval. */
export function repeat({ intervalMs, work, onError }: RepeatOptions): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isTriggered = false;
  let isStopped = false;

  const run = () => {
    clearTimeout(timer);
    // The timer may have come before the trigger's turn.
    if (running || isStopped) return;
    isTriggered = false;
    running = work()
      .catch(onError)
      .finally(() => {
        running = undefined;
        if (isStopped) return;
        if (isTriggered) setImmediate(run);
        else timer = setTimeout(run, intervalMs() * (1 + JITTER * (2 * Math.random() - 1)));
      });
  };
  timer = setTimeout(run, intervalMs() * Math.random());

  return {
    trigger() {
      if (isStopped || isTriggered) return;
      isTriggered = true;
      if (!running) setImmediate(run);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
