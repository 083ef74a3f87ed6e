import { type IncomingMessage } from 'node:http';
import { type BodyLimits, createMemoryBudget, type HoldInAll, readBody } from '@calseta/platform';
import { MAX_BATCH_BYTES } from './check-limits.js';

export type BodyMemory = {
  /**
   * Reads a body and passes it to `work` with a function that reserves memory for what is built from it, as a
   * total in bytes. Throws AppError('service.overloaded') when the bodies being handled hold too much memory.
   */
  withBody<T>(
    req: IncomingMessage,
    work: (body: Buffer, holdInAll: HoldInAll) => Promise<T>,
  ): Promise<T>;
};

export const BODY_TIMEOUT_MS = 15_000;
const LIMITS: BodyLimits = {
  maxBytes: MAX_BATCH_BYTES,
  inflatedMaxBytes: MAX_BATCH_BYTES,
  timeoutMs: BODY_TIMEOUT_MS,
};

/** Bounds the memory that all request bodies hold together. */
export function createBodyMemory(maxBytes: number): BodyMemory {
  const budget = createMemoryBudget(maxBytes);
  return {
    withBody: async (req, work) =>
      await budget.hold(
        async (holdInAll) =>
          await work(await readBody(req, { ...LIMITS, onGrowth: holdInAll }), holdInAll),
      ),
  };
}
