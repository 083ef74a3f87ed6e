import { createBulkhead } from '@calseta/async';
import { MAX_PAGE_BYTES } from '@calseta/common';
import { type DatabaseMetrics } from './database-metrics.js';

/**
 * Bytes of rows that one process reads at once for its answers. In memory they are several times as much: as text, as
 * values and as the text of the answer.
 */
export const MAX_BYTES_READ_AT_ONCE = 2 * MAX_PAGE_BYTES;
/** Reads that wait for others; one more is refused. */
const MAX_WAITING = 1_000;

/** Runs a read of rows that take so many bytes, as soon as the reads before it leave room. */
export type ReadLarge = <T>(bytes: number, read: () => Promise<T>) => Promise<T>;

/** Bounds what all reads of a process hold together, and one larger read beside them, for which none of them waits. */
export function createLargeReads(metrics?: DatabaseMetrics): ReadLarge {
  const reads = createBulkhead({ maxRunning: MAX_BYTES_READ_AT_ONCE, maxWaiting: MAX_WAITING });
  const larger = createBulkhead({ maxRunning: 1, maxWaiting: MAX_WAITING });
  metrics?.watch(
    'calseta_large_reads_waiting',
    'Reads for answers that wait because others hold as many bytes as are read at once.',
    () => reads.waiting() + larger.waiting(),
  );
  return async (bytes, read) =>
    bytes > MAX_BYTES_READ_AT_ONCE ? await larger.run(read) : await reads.run(read, bytes);
}
