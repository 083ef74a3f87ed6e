import type { IncomingMessage } from 'node:http';
import { AppError } from '@calseta/common';
import { type BodyLimits, readBody } from '@calseta/platform';
import { MAX_BATCH_BYTES } from './check-limits.js';

export type BodyMemory = {
  /** Reads a body and hands it to `work`; refuses when bodies in work hold too much memory already. */
  withBody<T>(req: IncomingMessage, work: (body: Buffer) => Promise<T>): Promise<T>;
};

export const BODY_TIMEOUT_MS = 15_000;
const LIMITS: BodyLimits = {
  maxBytes: MAX_BATCH_BYTES,
  inflatedMaxBytes: MAX_BATCH_BYTES,
  timeoutMs: BODY_TIMEOUT_MS,
};
const RETRY_AFTER_SECONDS = 1;

/** Bounds what request bodies hold together, whatever their number. */
export function createBodyMemory(maxBytes: number): BodyMemory {
  let heldBytes = 0;
  return {
    async withBody(req, work) {
      let reserved = expectedBytes(req);
      if (heldBytes + reserved > maxBytes) {
        throw new AppError('service.overloaded', 'Too many request bodies are in work.', {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      }
      heldBytes += reserved;
      try {
        const body = await readBody(req, LIMITS);
        heldBytes += body.length - reserved;
        reserved = body.length;
        return await work(body);
      } finally {
        heldBytes -= reserved;
      }
    },
  };
}

/** What is chunked or compressed may grow up to the limit, until it has been read. */
function expectedBytes({ headers }: IncomingMessage): number {
  const announced = Number(headers['content-length']);
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  return isPlain && Number.isFinite(announced)
    ? Math.min(announced, MAX_BATCH_BYTES)
    : MAX_BATCH_BYTES;
}
