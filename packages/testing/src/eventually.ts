import { setTimeout as delay } from 'node:timers/promises';

type EventuallyOptions = { timeoutMs?: number; intervalMs?: number };

/** Repeats an assertion until it passes and returns its value; fails with its last error. */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 25 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await delay(intervalMs);
  }
}
