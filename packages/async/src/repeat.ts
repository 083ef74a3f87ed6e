import { backOffMs } from './back-off.js';

export type Repeated = {
  /** Runs now, or right after the current run. Has no effect while runs fail. */
  trigger(): void;
  /** Starts no further run; waits for the current one. */
  stop(): Promise<void>;
};

export type RepeatOptions = {
  /** From the end of a run to the next one. After failures it is at least the back-off, of up to 5 s. */
  intervalMs: () => number;
  work: () => Promise<void>;
  onError: (error: unknown) => void;
};

/** Random share of the interval, so that replicas do not run at the same time. */
const JITTER = 0.2;

/** Repeats work, never twice at a time. The first run comes after a random part of the interval. */
export function repeat({ intervalMs, work, onError }: RepeatOptions): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isTriggered = false;
  let failures = 0;
  let isStopped = false;

  const run = () => {
    clearTimeout(timer);
    // The timer may fire before a triggered run begins.
    if (running || isStopped) return;
    isTriggered = false;
    running = attempt().finally(() => {
      running = undefined;
      if (isStopped) return;
      if (isTriggered && failures === 0) setImmediate(run);
      else timer = setTimeout(run, nextMs());
    });
  };
  async function attempt(): Promise<void> {
    try {
      await work();
      failures = 0;
    } catch (error) {
      failures += 1;
      onError(error);
    }
  }

  function nextMs(): number {
    const wait = intervalMs() * (1 + JITTER * (2 * Math.random() - 1));
    return failures === 0 ? wait : Math.max(wait, backOffMs(failures));
  }

  timer = setTimeout(run, intervalMs() * Math.random());

  return {
    trigger() {
      if (isStopped || isTriggered || failures > 0) return;
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
