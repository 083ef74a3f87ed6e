import { setTimeout as delay } from 'node:timers/promises';

const FIRST_DELAY_MS = 100;
export const MAX_DELAY_MS = 5_000;
/** Share of a delay that is random, so that many processes do not come back at once. */
const JITTER = 0.25;

/** The wait before the next try, growing from 100 ms to 5 s. */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  const growing = FIRST_DELAY_MS * 2 ** Math.min(Math.max(failures - 1, 0), 16);
  return Math.min(MAX_DELAY_MS, growing) * (1 - JITTER * random());
}

/** Waits; an abort ends the wait early, without an error. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal && { signal }).catch(() => undefined);
}
