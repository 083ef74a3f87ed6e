import { randomFillSync } from 'node:crypto';

/** Bytes that are fetched at once. Fetching a few at a time costs thirty times as much. */
export const POOL_BYTES = 4_096;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes for ids, valid until the next call. Not for secrets, because the buffer keeps a copy. */
export function randomBytes(count: number): Buffer {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
