import { type AttemptOutcome } from '@calseta/common';
import { parseRetryAfter } from './retry-after.js';
import { withJitter } from './retry-schedule.js';
import { type PushResult } from './send-webhook.js';

/** What follows from an attempt. `gone`: the agent answered 410 and is disabled. */
export type Decision =
  | { kind: 'delivered' }
  | {
      kind: 'retry';
      outcome: AttemptOutcome;
      error: string;
      delayMs: number;
      isAgentPaused: boolean;
    }
  | { kind: 'dead'; outcome: AttemptOutcome; error: string }
  | { kind: 'gone'; outcome: AttemptOutcome; error: string };

export type AttemptFacts = {
  result: PushResult;
  /** 1 for the first attempt. */
  attemptNumber: number;
  now: Date;
  /** 0–1 */
  random: number;
  retryDelaysMs: readonly number[];
};

/**
 * | answer                    | what follows                                       |
 * | 2xx                       | delivered                                          |
 * | 410                       | dead, and the agent is disabled                    |
 * | 429, 503                  | retry, not before `Retry-After`; the agent pauses  |
 * | any other, 3xx included   | retry on the schedule                              |
 * | none (network, time-out, guard, no body to send) | retry on the schedule         |
 * | … after the last wait     | dead                                               |
 */
export function decideOutcome(facts: AttemptFacts): Decision {
  const { result } = facts;
  if (result.kind !== 'response') return retryOrDie(facts, result.kind, result.error);
  const { status } = result;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone', outcome: 'rejected', error: 'answered 410 Gone' };
  if (status >= 300 && status < 400) {
    return retryOrDie(facts, 'rejected', `answered ${status}; redirects are not followed`);
  }
  const isBusy = status === 429 || status === 503;
  const retryAfterMs = isBusy
    ? parseRetryAfter(result.headers['retry-after'], facts.now)
    : undefined;
  return retryOrDie(facts, 'rejected', `answered ${status}`, retryAfterMs);
}

function retryOrDie(
  { attemptNumber, retryDelaysMs, random }: AttemptFacts,
  outcome: AttemptOutcome,
  error: string,
  retryAfterMs?: number,
): Decision {
  const scheduledMs = retryDelaysMs[attemptNumber - 1];
  if (scheduledMs === undefined) return { kind: 'dead', outcome, error };
  return {
    kind: 'retry',
    outcome,
    error,
    delayMs: withJitter(retryAfterMs ?? scheduledMs, random),
    isAgentPaused: retryAfterMs !== undefined,
  };
}
