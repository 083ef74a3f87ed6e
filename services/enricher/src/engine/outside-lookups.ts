import { batched, createSingleFlight, pause } from '@calseta/async';
import { newUuid } from '@calseta/common';
import {
  type ClaimOutcome,
  type LookupClaim,
  type ProviderLookupStore,
  type WaitingLookup,
} from '@calseta/database';
import { type Lookup } from '../domain/plan-lookups.js';
import { type GuardedAnswer } from '../domain/provider.js';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { toOutcome } from '../domain/to-outcome.js';
import { putOffMs } from '../guards/quota.js';
import { type AskLeased, putOff } from './ask-leased.js';

export type LookupNeed = {
  isUrgent: boolean;
  /** Whether it may be answered after its alert has gone on. */
  mayWait: boolean;
  /** Whether an answer that is still good will do. */
  takesKept: boolean;
};

export type OutsideLookups = {
  /** Asks a provider outside once, whoever else needs the same answer in any replica. */
  lookUp(lookup: Lookup, need: LookupNeed): Promise<ProviderOutcome>;
  /** Asks a waiting lookup that this process has leased; returns for how long its quota is spent, ms. */
  resume(lookup: Lookup, held: WaitingLookup): Promise<number>;
};

export type OutsideLookupsDeps = {
  store: Pick<ProviderLookupStore, 'claim'>;
  askLeased: AskLeased;
  /** Aborted when the process stops. */
  signal: AbortSignal;
};

/** How often a lookup asks whether another replica has its answer, ms. */
const LOOK_AGAIN_MS = 150;
const MAX_CLAIMS = 64;

export function createOutsideLookups({
  store,
  askLeased,
  signal,
}: OutsideLookupsDeps): OutsideLookups {
  const flight = createSingleFlight<string, ProviderOutcome>();
  const claim = batched(
    async (claims: LookupClaim[]) =>
      await store.claim(
        claims,
        claims.map(() => newUuid()),
      ),
    // The indicators in work bound how many wait.
    { maxItems: MAX_CLAIMS, maxQueued: Number.POSITIVE_INFINITY },
  );

  async function obtain(lookup: Lookup, need: LookupNeed): Promise<ProviderOutcome> {
    const startedAt = performance.now();
    const taken = await claimOrWait(claim, lookup, need, signal);
    const durationMs = Math.round(performance.now() - startedAt);
    const times = { fetchedAt: new Date(), durationMs };
    switch (taken.kind) {
      case 'leased': {
        const held = {
          ...keyOf(lookup),
          holder: taken.holder,
          isUrgent: need.isUrgent,
          attempts: 0,
        };
        return (await askLeased(lookup, held, { ...need, isResumed: false })).outcome;
      }
      case 'answered':
        return { ...taken.result, cached: false, durationMs, isStored: true };
      case 'waiting':
        return putOff(toOutcome(lookup, { kind: 'spent', freeInMs: 0 }, times));
      case 'under_way':
        return toOutcome(lookup, STOPPING, times);
    }
  }

  return {
    async lookUp(lookup, need) {
      const { provider, settings, subject } = lookup;
      const { type, value } = subject;
      const key = JSON.stringify([provider.name, settings.configVersion, type, value, need]);
      return await flight.run(key, async () => await obtain(lookup, need));
    },

    async resume(lookup, held) {
      const need = { isUrgent: held.isUrgent, mayWait: true, isResumed: true };
      const { answer } = await askLeased(lookup, held, need);
      // Free, but for others that go first: later.
      if (answer.kind === 'spent') return Math.max(1, answer.freeInMs);
      return answer.kind === 'quota' ? putOffMs(answer) : 0;
    },
  };
}

const STOPPING: GuardedAnswer = { kind: 'left_alone', reason: 'The enricher stops.' };

const keyOf = ({ provider, subject }: Lookup) => ({
  providerName: provider.name,
  type: subject.type,
  value: subject.value,
});

/** Claims until the lookup is ours to ask, answered, or waits; `under_way` only when the process stops. */
async function claimOrWait(
  claim: (claim: LookupClaim) => Promise<ClaimOutcome>,
  lookup: Lookup,
  { isUrgent, takesKept }: LookupNeed,
  signal: AbortSignal,
): Promise<ClaimOutcome> {
  const { configVersion } = lookup.settings;
  const wanted = { ...keyOf(lookup), configVersion, isUrgent, takesKept };
  let since: Date | undefined;
  for (;;) {
    const outcome = await claim({ ...wanted, ...(since && { since }) });
    if (outcome.kind !== 'under_way' || signal.aborted) return outcome;
    since ??= outcome.at;
    await pause(LOOK_AGAIN_MS, signal);
  }
}
