import { type IncomingMessage } from 'node:http';
import { AppError } from '@calseta/common';
import { type BodyLimits, readBody } from '@calseta/platform';
import { MAX_BATCH_BYTES } from './check-limits.js';

export type BodyMemory = {
  /**
   * Reads a body and passes it to `work` with a function that reserves memory for what is built from it, as a
   * total in bytes. Throws AppError('service.overloaded') when the bodies being handled hold too much memory.
   */
  withBody<T>(
    req: IncomingMessage,
    work: (body: Buffer, holdInAll: (bytes: number) => void) => Promise<T>,
  ): Promise<T>;
};

export const BODY_TIMEOUT_MS = 15_000;
const LIMITS: BodyLimits = {
  maxBytes: MAX_BATCH_BYTES,
  inflatedMaxBytes: MAX_BATCH_BYTES,
  timeoutMs: BODY_TIMEOUT_MS,
};

/**
 * Bounds the memory that all request bodies hold together. Memory is reserved as bytes arrive, so a sender that
 * announces a large body takes nothing from others.
 */
export function createBodyMemory(maxBytes: number): BodyMemory {
  let allHeldBytes = 0;
  return {
    async withBody(req, work) {
      let heldBytes = 0;
      const holdInAll = (bytes: number): void => {
        const more = Math.max(0, bytes - heldBytes);
        if (allHeldBytes + more > maxBytes) throw overloaded();
        allHeldBytes += more;
        heldBytes += more;
      };
      try {
        return await work(await readBody(req, { ...LIMITS, onGrowth: holdInAll }), holdInAll);
      } finally {
        allHeldBytes -= heldBytes;
      }
    },
  };
}

const overloaded = (): AppError =>
  new AppError('service.overloaded', 'Too many request bodies are in work.');
