import { retry } from '@calseta/async';
import { isTransient } from '@calseta/common';

/** Waits between the attempts at recording a push that was made: 12 s in all. */
const WAITS_MS = [200, 400, 800, 1_600, 3_000, 6_000];

/**
 * Tries again while the database is away or too busy: a push whose record is lost is made a second time once
 * its lease has run out.
 */
export const recordWithRetry = async <T>(record: () => Promise<T>): Promise<T> =>
  await retry(record, { waitsMs: WAITS_MS, isRetryable: isTransient });
