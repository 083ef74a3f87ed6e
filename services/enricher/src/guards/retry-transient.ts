import { backOffMs, pause } from '@calseta/async';
import { type GuardedAnswer } from '../domain/provider.js';
import { type Guard } from './guard.js';

/** Further tries of one lookup after 5xx, 429 or a lost connection. */
export const MAX_RETRIES = 2;
/** A provider that asks for a longer wait is not asked again by this lookup. */
export const MAX_RETRY_WAIT_MS = 2_000;
const SECOND_MS = 1_000;
/** Added to the wait that a provider asks for, because a timer may fire a few milliseconds early. */
const TIMER_MARGIN_MS = 100;

/** Asks again, through all guards, what may be answered a moment later. */
export const retryTransient: Guard = (next) =>
  async function lookUpAgain(request) {
    for (let failures = 1; ; failures += 1) {
      const answer = await next(request);
      const waitMs = retryWaitMs(answer, failures);
      if (waitMs === undefined || failures > MAX_RETRIES) return answer;
      await pause(waitMs, request.context.signal);
      if (request.context.signal.aborted) return answer;
    }
  };

function retryWaitMs(answer: GuardedAnswer, failures: number): number | undefined {
  const isTransient =
    (answer.kind === 'unavailable' && answer.fault === 'transient') ||
    (answer.kind === 'quota' && answer.waitSeconds !== undefined);
  if (!isTransient) return undefined;
  const hintMs = (answer.waitSeconds ?? 0) * SECOND_MS;
  if (hintMs > MAX_RETRY_WAIT_MS) return undefined;
  return Math.max(hintMs > 0 ? hintMs + TIMER_MARGIN_MS : 0, backOffMs(failures));
}
