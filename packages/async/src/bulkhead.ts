import { AppError } from '@calseta/common';

export type BulkheadLimits = {
  /** Places for works that run at a time. */
  maxRunning: number;
  /** Works that wait for a place; one more is refused. */
  maxWaiting: number;
};

export type BulkheadOptions = BulkheadLimits & {
  /** Called with each work that has to wait. */
  onWait?: () => void;
};

export type Bulkhead = {
  /**
   * Runs the work once there are so many places, one unless given, first come, first served. A work that needs more
   * places than there are runs alone. Rejects with `service.overloaded` when too many wait already. The work itself
   * has to check whether it is still wanted when its turn comes.
   */
  run<T>(work: () => Promise<T>, places?: number): Promise<T>;
  /** How many works wait. */
  waiting(): number;
};

/** Bounds how many works run at a time, and how many wait. */
export function createBulkhead({ maxRunning, maxWaiting, onWait }: BulkheadOptions): Bulkhead {
  const waiting: { places: number; start: () => void }[] = [];
  let taken = 0;

  const hasRoom = (places: number): boolean => taken === 0 || taken + places <= maxRunning;

  const enter = async (places: number): Promise<void> => {
    if (waiting.length === 0 && hasRoom(places)) {
      taken += places;
      return;
    }
    if (waiting.length >= maxWaiting) {
      throw new AppError(
        'service.overloaded',
        `Too much waits already: at most ${maxRunning} run and ${maxWaiting} wait.`,
      );
    }
    onWait?.();
    await new Promise<void>((start) => waiting.push({ places, start }));
  };
  /** Hands the places over to those that wait. */
  const leave = (places: number): void => {
    taken -= places;
    for (let next = waiting[0]; next && hasRoom(next.places); next = waiting[0]) {
      waiting.shift();
      taken += next.places;
      next.start();
    }
  };

  return {
    waiting: () => waiting.length,
    async run(work, places = 1) {
      await enter(places);
      try {
        return await work();
      } finally {
        leave(places);
      }
    },
  };
}
