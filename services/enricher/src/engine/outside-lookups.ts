import { batched, createSingleFlight, pause } from '@calseta/async';
import { newUuid } from '@calseta/common';
import {
  type ClaimOutcome,
  type LookupClaim,
  type ProviderLookupStore,
  type WaitingLookup,
  type WaitingLookupStore,
} from '@calseta/database';
import { type Lookup } from '../domain/plan-lookups.js';
import { type GuardedAnswer } from '../domain/provider.js';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { toOutcome } from '../domain/to-outcome.js';
import { putOffMs } from '../guards/quota.js';
import { type AskLeased, putOff, withReason } from './ask-leased.js';
import { BOUNDED_BY_INDICATORS } from './with-indicators.js';

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
  /** Asks a waiting lookup that this process has leased; returns for how long no quota is left for it, ms. */
  resume(lookup: Lookup, held: WaitingLookup): Promise<number>;
};

export type OutsideLookupsDeps = {
  store: Pick<ProviderLookupStore, 'claim'>;
  waiting: Pick<WaitingLookupStore, 'queue'>;
  askLeased: AskLeased;
  /** Aborted when the process stops. */
  signal: AbortSignal;
  /** Called for a lookup that is not asked, because as many wait as may. */
  onDropped(providerName: string, why: 'full'): void;
};

/** Lookups of one provider that are under way in this process; more wait in the database. */
export const MAX_UNDER_WAY = 500;
/** Lookups that one statement lets wait. */
const MAX_QUEUED_TOGETHER = 1_000;
/** How often a lookup asks whether another replica has its answer, ms. */
const LOOK_AGAIN_MS = 150;
const MAX_CLAIMS = 64;
/** Wait for a quota that may be free a moment later, ms. */
const LATER_MS = 1;

export function createOutsideLookups({
  store,
  waiting,
  askLeased,
  signal,
  onDropped,
}: OutsideLookupsDeps): OutsideLookups {
  const flight = createSingleFlight<string, ProviderOutcome>();
  const claim = batched(
    async (claims: LookupClaim[]) =>
      await store.claim(
        claims,
        claims.map(() => newUuid()),
      ),
    { ...BOUNDED_BY_INDICATORS, maxItems: MAX_CLAIMS },
  );

  const queue = batched(waiting.queue, {
    ...BOUNDED_BY_INDICATORS,
    maxItems: MAX_QUEUED_TOGETHER,
  });
  const underWay = new Map<string, number>();
  const countOf = (name: string): number => underWay.get(name) ?? 0;

  /** Lets a lookup wait in the database, where the sweep finds it. */
  async function letWait(lookup: Lookup, need: LookupNeed): Promise<ProviderOutcome> {
    const times = { fetchedAt: new Date(), durationMs: 0 };
    const outcome = toOutcome(lookup, { kind: 'busy' }, times);
    const queued = await queue({ ...claimOf(lookup, need), reason: outcome.error ?? '' });
    if (queued.kind === 'answered')
      return { ...queued.result, cached: false, durationMs: 0, isStored: true };
    if (queued.kind === 'waiting') return putOff(outcome);
    onDropped(lookup.provider.name, 'full');
    return withReason(outcome, 'full');
  }

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
        return putOff(toOutcome(lookup, { kind: 'waiting' }, times));
      case 'under_way':
        return toOutcome(lookup, STOPPING, times);
    }
  }

  return {
    async lookUp(lookup, need) {
      const { provider, settings, subject } = lookup;
      const { type, value } = subject;
      const key = JSON.stringify([provider.name, settings.configVersion, type, value, need]);
      return await flight.run(key, async () => {
        const count = countOf(provider.name);
        if (need.mayWait && count >= MAX_UNDER_WAY) return await letWait(lookup, need);
        underWay.set(provider.name, count + 1);
        try {
          return await obtain(lookup, need);
        } finally {
          underWay.set(provider.name, countOf(provider.name) - 1);
        }
      });
    },

    async resume(lookup, held) {
      const need = { isUrgent: held.isUrgent, mayWait: true, isResumed: true };
      const { answer } = await askLeased(lookup, held, need);
      if (answer.kind === 'not_its_turn') return LATER_MS;
      if (answer.kind === 'spent') return Math.max(LATER_MS, answer.freeInMs);
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

const claimOf = (lookup: Lookup, { isUrgent, takesKept }: LookupNeed): LookupClaim => ({
  ...keyOf(lookup),
  configVersion: lookup.settings.configVersion,
  isUrgent,
  takesKept,
});

/** Claims until the lookup is ours to ask, answered, or waits; `under_way` only when the process stops. */
async function claimOrWait(
  claim: (claim: LookupClaim) => Promise<ClaimOutcome>,
  lookup: Lookup,
  need: LookupNeed,
  signal: AbortSignal,
): Promise<ClaimOutcome> {
  const wanted = claimOf(lookup, need);
  let since: Date | undefined;
  for (;;) {
    const outcome = await claim({ ...wanted, ...(since && { since }) });
    if (outcome.kind !== 'under_way' || signal.aborted) return outcome;
    since ??= outcome.at;
    await pause(LOOK_AGAIN_MS, signal);
  }
}
