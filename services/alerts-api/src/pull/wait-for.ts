import { AppError } from '@calseta/common';
import { pause } from '@calseta/async';

/** Reads until the answer is the wanted one, or the time is over; then the last answer counts. */
export type WaitFor = <T>(
  read: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  seconds: number,
) => Promise<T>;

/** Requests of one process that wait at once. */
const MAX_WAITING = 200;
const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 1_000;

export type Waiting = { waitFor: WaitFor; stop(): void };

/** Long polls: each asks Postgres less and less often, up to once a second. */
export function createWaiting(): Waiting {
  const stopping = new AbortController();
  let count = 0;

  return {
    async waitFor(read, isWanted, seconds) {
      const until = performance.now() + seconds * 1_000;
      let answer = await read();
      if (seconds === 0 || isWanted(answer)) return answer;
      if (count >= MAX_WAITING)
        throw new AppError('service.overloaded', `${MAX_WAITING} requests wait already.`, {
          retryAfterSeconds: 1,
        });
      count += 1;
      try {
        for (let pollMs = FIRST_POLL_MS; !stopping.signal.aborted; pollMs *= 1.5) {
          const leftMs = until - performance.now();
          if (leftMs <= 0) break;
          await pause(Math.min(pollMs, LAST_POLL_MS, leftMs), stopping.signal);
          answer = await read();
          if (isWanted(answer)) break;
        }
        return answer;
      } finally {
        count -= 1;
      }
    },
    stop: () => stopping.abort(),
  };
}
