const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Waits between the attempts at a delivery; the last one repeats. Each grows by up to a fifth at random, so that the
 * deliveries of an outage do not come back all at once. A delivery is given up by time, not by the number of attempts.
 *
 * | attempt | 1 | 2   | 3    | 4         | 5          | 6        | 7    | 8    | 9     | 10    | 11   |
 * | after   | 0 | 5 s | 30 s | 2 min     | 10 min     | 1 h      | 3 h  | 6 h  | 12 h  | 24 h  |      |
 * | in all  | 0 | 5 s | 35 s | 2 min 35 s| 12 min 35 s| 1 h 13 min | 4 h | 10 h | 22 h | 46 h  | 48 h |
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** Only added: no attempt comes earlier than its wait. */
const JITTER = 0.2;

export const withJitter = (delayMs: number, random: number): number =>
  Math.round(delayMs * (1 + JITTER * random));
