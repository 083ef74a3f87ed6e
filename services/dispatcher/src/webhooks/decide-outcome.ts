import { type AttemptOutcome } from '@calseta/common';
import { parseRetryAfter } from './retry-after.js';
import { withJitter } from './retry-schedule.js';
import { type PushResult } from './send-webhook.js';

/**
 * Whose fault a failure is.
 * `away`: the agent does not answer, or answers that it cannot: counts for its breaker and its health.
 * `agent`: it answers, but takes nothing, a wrong URL or credential say: counts for its health.
 * `alert`: it refuses this one push.
 * `ours`: nothing was sent, or nobody waited for the answer.
 */
export type Culprit = 'away' | 'agent' | 'alert' | 'ours';

type Failure = { outcome: AttemptOutcome; error: string; fault: Culprit };

/** What follows from an attempt. `gone`: the agent answered 410 and is disabled. */
export type Decision =
  | { kind: 'delivered' }
  | ({ kind: 'retry'; delayMs: number; agentPauseMs: number | undefined } & Failure)
  | ({ kind: 'dead' | 'gone' } & Failure);

export type AttemptFacts = {
  result: PushResult;
  /** 1 for the first attempt since the delivery was opened. */
  attemptNumber: number;
  now: Date;
  /** 0–1 */
  random: number;
  retryDelaysMs: readonly number[];
  /** Time that is left for further attempts, ms. */
  remainingMs: number;
};

/** They blame the body of the push. */
const FAULTS_OF_ONE_ALERT: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/**
 * | answer                         | what follows                                          | whose fault |
 * | 2xx                            | delivered                                             |             |
 * | 410                            | dead, and the agent is disabled                       | agent       |
 * | 429, 503                       | retry, not before `Retry-After`; the agent pauses     | away        |
 * | 408, other 5xx                 | retry on the schedule                                 | away        |
 * | 400, 413, 415, 422             | retry on the schedule                                 | alert       |
 * | any other, 3xx included        | retry on the schedule                                 | agent       |
 * | none: network, time-out, guard | retry on the schedule                                 | away        |
 * | none: no body to send          | retry on the schedule                                 | ours        |
 * | interrupted                    | retry at once                                         | ours        |
 * | … when the time is over        | dead                                                  |             |
 */
export function decideOutcome(facts: AttemptFacts): Decision {
  const { result } = facts;
  switch (result.kind) {
    case 'response':
      return decideAnswer(facts, result);
    case 'interrupted':
      return retryOrDie(
        { ...facts, retryDelaysMs: facts.retryDelaysMs.map(() => 0) },
        failureOf(result, 'ours'),
      );
    case 'unrendered':
      return retryOrDie(facts, failureOf(result, 'ours'));
    default:
      return retryOrDie(facts, failureOf(result, 'away'));
  }
}

const failureOf = (
  { kind, error }: Exclude<PushResult, { kind: 'response' }>,
  fault: Culprit,
): Failure => ({ outcome: kind, error, fault });

function decideAnswer(
  facts: AttemptFacts,
  { status, headers }: Extract<PushResult, { kind: 'response' }>,
): Decision {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const failure = { outcome: 'rejected', error: `answered ${status}` } as const;
  if (status === 410) {
    return { kind: 'gone', ...failure, error: 'answered 410 Gone', fault: 'agent' };
  }
  if (status >= 300 && status < 400) {
    return retryOrDie(facts, { ...failure, error: redirectError(status, headers), fault: 'agent' });
  }
  if (FAULTS_OF_ONE_ALERT.has(status)) return retryOrDie(facts, { ...failure, fault: 'alert' });
  const isAway = status >= 500 || status === 429 || status === 408;
  const isBusy = status === 429 || status === 503;
  const pauseMs = isBusy ? parseRetryAfter(headers['retry-after'], facts.now) : undefined;
  return retryOrDie(facts, { ...failure, fault: isAway ? 'away' : 'agent' }, pauseMs);
}

/** Where a redirect leads, so that the operator can set `webhook_url`; its secrets were redacted with the answer's. */
function redirectError(
  status: number,
  { location }: Extract<PushResult, { kind: 'response' }>['headers'],
): string {
  const [target] = [location].flat();
  const where = target === undefined ? '' : ` with ${target}`;
  return `answered ${status}${where}; redirects are not followed, webhook_url has to name the right place`;
}

/** Waits as long as the schedule says, or as the agent asks if that is longer, but not beyond the end. */
function retryOrDie(
  { attemptNumber, retryDelaysMs, random, remainingMs }: AttemptFacts,
  failure: Failure,
  agentPauseMs?: number,
): Decision {
  const scheduledMs = retryDelaysMs[attemptNumber - 1] ?? retryDelaysMs.at(-1);
  if (remainingMs <= 0 || scheduledMs === undefined) return { kind: 'dead', ...failure };
  const wantedMs = withJitter(Math.max(scheduledMs, agentPauseMs ?? 0), random);
  return { kind: 'retry', delayMs: Math.min(wantedMs, remainingMs), agentPauseMs, ...failure };
}
