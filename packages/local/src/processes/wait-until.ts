import { setTimeout as delay } from 'node:timers/promises';

type WaitOptions = { timeoutMs: number; intervalMs: number };

/** Polls until the condition is true; false when the time is over. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, intervalMs }: WaitOptions,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await delay(intervalMs);
  }
}
