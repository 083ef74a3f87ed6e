import { batched } from '@calseta/async';
import { isAnswer, type LookupResult } from '@calseta/common';
import {
  type DroppedLookup,
  type ProviderLookupStore,
  type WaitingLookup,
  type WaitingLookupStore,
} from '@calseta/database';
import { type Lookup } from '../domain/plan-lookups.js';
import { type GuardedAnswer, type LookupContext } from '../domain/provider.js';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { toResult } from '../domain/to-outcome.js';
import { type PerformLookup } from '../guards/guard.js';
import { type QuotaTurn } from '../guards/reserve-requests.js';
import { type Leases } from './leases.js';
import { type DropReason, WHY_DROPPED } from './observe-waiting.js';
import { BOUNDED_BY_INDICATORS } from './with-indicators.js';

export type AskLeasedDeps = {
  store: Pick<ProviderLookupStore, 'end' | 'giveUp'>;
  waiting: Pick<WaitingLookupStore, 'wait' | 'tellDropped'>;
  leases: Leases;
  /** Through the guards. */
  perform: PerformLookup;
  /** Aborted when the process stops. */
  context: LookupContext;
  /** Called for an answer without which some alert went on. */
  onMissed(answer: { indicatorId: string; providerName: string }): void;
  /** Called for a lookup that is not asked again. */
  onDropped(providerName: string, why: DropReason): void;
};

export type Need = {
  isUrgent: boolean;
  /** Whether it may be answered after its alert has gone on. */
  mayWait: boolean;
  /** Whether it has waited. */
  isResumed: boolean;
};

export type AskLeased = (
  lookup: Lookup,
  held: WaitingLookup,
  need: Need,
) => Promise<{ outcome: ProviderOutcome; answer: GuardedAnswer }>;

/** Tries of a waiting lookup at a provider that fails, and the first wait between them, which doubles. */
const MAX_ATTEMPTS = 5;
const ATTEMPT_WAIT_SECONDS = 30;

/** Asks a lookup that this process has leased, and stores its answer, or lets it wait. */
export function leasedAsker(deps: AskLeasedDeps): AskLeased {
  const { store, waiting, context } = deps;
  const end = batched(store.end, BOUNDED_BY_INDICATORS);
  const wait = batched(waiting.wait, BOUNDED_BY_INDICATORS);
  const tellDropped = batched(async (dropped: DroppedLookup[]): Promise<undefined[]> => {
    await waiting.tellDropped(dropped);
    return dropped.map(() => undefined);
  }, BOUNDED_BY_INDICATORS);

  /** Whether the lookup waits now instead of ending, or why it is dropped. */
  async function putOffOrEnd(
    held: WaitingLookup & { reason: string },
    answer: GuardedAnswer,
    need: Need,
  ): Promise<'waits' | 'ends' | DropReason> {
    const delaySeconds = need.isResumed
      ? resumedAfterSeconds(answer, held.attempts)
      : waitSeconds(answer, need);
    if (delaySeconds === undefined) return need.isResumed && isFailure(answer) ? 'failed' : 'ends';
    const attempts = held.attempts + (isFailure(answer) ? 1 : 0);
    const isWaiting = await wait({ ...held, attempts, delaySeconds });
    return isWaiting ? 'waits' : 'full';
  }

  /** Counts a dropped lookup, and tells the alerts that have gone on in the hope of its answer. */
  async function drop(held: WaitingLookup, why: DropReason, reason: string): Promise<void> {
    deps.onDropped(held.providerName, why);
    await tellDropped({ ...held, reason });
  }

  return async function askLeased(lookup, held, need) {
    const { provider, settings, subject } = lookup;
    const release = deps.leases.keep(held);
    try {
      const startedAt = performance.now();
      const turn = turnOf(need);
      const answer = await deps.perform({ provider, settings, subject, context, turn });
      const durationMs = Math.round(performance.now() - startedAt);
      const result = toResult(lookup, answer, new Date());
      const outcome = { ...result, cached: false, durationMs };
      if (context.signal.aborted && !isAnswer(result)) {
        await store.giveUp(held);
        return { outcome, answer };
      }
      const next = await putOffOrEnd({ ...held, reason: result.error ?? '' }, answer, need);
      if (next === 'waits') return { outcome: putOff(outcome), answer };
      const told = next === 'ends' ? result : withReason(result, next);
      const { raw } = 'raw' in answer ? answer : {};
      const isMissed = await end({
        ...held,
        indicatorId: subject.id,
        result: told,
        ...(raw && { raw }),
      });
      if (next !== 'ends') await drop(held, next, told.error ?? '');
      if (isMissed) {
        deps.onMissed({ indicatorId: subject.id, providerName: provider.name });
      }
      return { outcome: { ...outcome, ...told, isStored: true }, answer };
    } finally {
      release();
    }
  };
}

/** What waits goes first, urgent ones before the others; so a waiting one only yields to urgent ones. */
function turnOf({ isUrgent, isResumed }: Need): QuotaTurn {
  if (isResumed && isUrgent) return 'first';
  return isResumed || isUrgent ? 'urgent' : 'normal';
}

/** Tells that the answer follows. */
export const putOff = (outcome: ProviderOutcome): ProviderOutcome => ({
  ...outcome,
  error:
    `${outcome.error ?? ''} It is asked once it may be, and the answer completes the alert.`.trim(),
});

/** Says why the answer does not come any more. */
export const withReason = <R extends LookupResult>(result: R, why: DropReason): R => ({
  ...result,
  error: `${result.error ?? ''} ${WHY_DROPPED[why]}`.trim(),
});

const isAskedLater = ({ kind }: GuardedAnswer): boolean =>
  kind === 'spent' || kind === 'not_its_turn' || kind === 'quota';
const isFailure = ({ kind }: GuardedAnswer): boolean =>
  kind === 'timeout' || kind === 'unavailable';

/** For how long a lookup waits that has not waited yet, seconds; undefined when it ends. */
const waitSeconds = (answer: GuardedAnswer, { mayWait }: Need): number | undefined =>
  mayWait && isAskedLater(answer) ? 0 : undefined;

/**
 * The same for a lookup that has waited. A failure of its provider does not end it at once; refused credentials do,
 * because they are not tried again by themselves.
 */
function resumedAfterSeconds(answer: GuardedAnswer, attempts: number): number | undefined {
  if (isAskedLater(answer)) return 0;
  if (answer.kind === 'left_alone') return ATTEMPT_WAIT_SECONDS;
  const isFinal = answer.kind === 'unavailable' && answer.fault === 'auth';
  if (!isFailure(answer) || isFinal || attempts >= MAX_ATTEMPTS) return undefined;
  return ATTEMPT_WAIT_SECONDS * 2 ** attempts;
}
