import { type IncomingMessage } from 'node:http';
import { AppError } from '@calseta/common';
import { type BodyLimits, readBody } from '@calseta/platform';
import { MAX_BATCH_BYTES } from './check-limits.js';

export type BodyMemory = {
  /**
   * Reads a body and hands it to `work`, with a function that holds more for what is made of it: so many
   * bytes in all. Throws AppError('service.overloaded') when bodies in work hold too much memory.
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
 * Bounds what request bodies hold together, whatever their number. Memory is taken as bytes arrive: what a
 * sender announces, or may still send, takes nothing from others.
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
