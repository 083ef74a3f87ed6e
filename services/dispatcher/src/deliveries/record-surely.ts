import { setTimeout as delay } from 'node:timers/promises';
import { isTransient } from '@calseta/common';

/** Waits between the attempts at recording a push that was made: 12 s in all. */
const WAITS_MS = [200, 400, 800, 1_600, 3_000, 6_000];

/**
 * Tries again while the database is away or too busy: a push whose record is lost is made a second time once
 * its lease has run out.
 */
export async function recordSurely<T>(record: () => Promise<T>): Promise<T> {
  for (const waitMs of WAITS_MS) {
    try {
      return await record();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    await delay(waitMs);
  }
  return await record();
}
