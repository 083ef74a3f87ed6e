import { AppError } from '@calseta/common';

export type BulkheadLimits = {
  /** Works that run at a time. */
  maxRunning: number;
  /** Works that wait for a place; one more is refused. */
  maxWaiting: number;
};

export type Bulkhead = {
  /**
   * Runs the work once there is a place, first come, first served. Rejects with `service.overloaded` when too many
   * wait already. The work itself has to check whether it is still wanted when its turn comes.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
};

/** Bounds how many works run at a time, and how many wait. */
export function createBulkhead({ maxRunning, maxWaiting }: BulkheadLimits): Bulkhead {
  const waiting: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running < maxRunning) {
      running += 1;
      return;
    }
    if (waiting.length >= maxWaiting) {
      throw new AppError(
        'service.overloaded',
        `Too much waits already: at most ${maxRunning} run and ${maxWaiting} wait.`,
      );
    }
    // The work that ends hands its place over.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
