import { AppError } from '@calseta/common';

/** Reserves memory for one piece of work, as its total in bytes; throws AppError('service.overloaded') when none is left. */
export type HoldInAll = (bytes: number) => void;

export type MemoryBudget = {
  /** Does the work; what it has reserved is free again when it is done. */
  hold: <T>(work: (holdInAll: HoldInAll) => Promise<T>) => Promise<T>;
};

/**
 * Bounds the memory that all request bodies hold together. Memory is reserved as bytes arrive, so a sender that
 * announces a large body takes nothing from others.
 */
export function createMemoryBudget(maxBytes: number): MemoryBudget {
  let allHeldBytes = 0;
  return {
    async hold(work) {
      let heldBytes = 0;
      try {
        return await work((bytes) => {
          const more = Math.max(0, bytes - heldBytes);
          if (allHeldBytes + more > maxBytes)
            throw new AppError('service.overloaded', 'Too many request bodies are in work.');
          allHeldBytes += more;
          heldBytes += more;
        });
      } finally {
        allHeldBytes -= heldBytes;
      }
    },
  };
}
