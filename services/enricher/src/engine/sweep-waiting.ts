import { newUuid } from '@calseta/common';
import {
  type EnrichmentStore,
  type ProviderLookupStore,
  type WaitingLookup,
  type WaitingLookupStore,
} from '@calseta/database';
import { planLookups } from '../domain/plan-lookups.js';
import { type ProviderSettings, type RegisteredProvider } from '../domain/provider.js';
import { type Background } from './background.js';
import { type AlertCompleter } from './complete-alerts.js';
import { type DropReason, WHY_DROPPED } from './observe-waiting.js';
import { type OutsideLookups } from './outside-lookups.js';

export type SweepWaitingDeps = {
  providers(): Promise<readonly RegisteredProvider[]>;
  settings(): Promise<ReadonlyMap<string, ProviderSettings>>;
  store: Pick<ProviderLookupStore, 'remove'>;
  waiting: Omit<WaitingLookupStore, 'wait'>;
  findIndicator: EnrichmentStore['findIndicator'];
  outside: Pick<OutsideLookups, 'resume'>;
  completer: Pick<AlertCompleter, 'complete' | 'completeMissed'>;
  background: Background;
  /** Between two sweeps. */
  intervalMs: number;
  /** Longest wait of a lookup, s. */
  maxWaitSeconds: number;
  isStopped(): boolean;
  onDropped(providerName: string, why: DropReason, count?: number): void;
  onCounted(waiting: ReadonlyMap<string, number>): void;
};

export type WaitingSweeper = {
  /** Asks what waits, as far as the quotas go. */
  sweep(): Promise<void>;
  /** Drops what waited too long, and completes alerts whose answers came unnoticed. */
  tidy(): Promise<void>;
  /** Until the next sweep, ms; longer after one that found nothing that waits. */
  pauseMs(): number;
};

/** Waiting lookups of one provider that this process asks at a time. */
const MAX_TOGETHER = 8;
/** Sweeps until a provider is tried again at the latest: requests of other replicas may have been given back. */
const MAX_SPENT_SWEEPS = 5;
/** Sweeps are rarer by this factor while no lookup waits. */
const IDLE_FACTOR = 5;
/** Rows that one statement of the sweep changes. */
const MAX_ROWS = 1_000;

/**
 * Asks waiting lookups when there is quota. Every enricher sweeps, and none leads: a lookup is leased by the one that
 * asks it, and the quota is counted over all.
 */
export function waitingSweeper(deps: SweepWaitingDeps): WaitingSweeper {
  const { store, waiting, background } = deps;
  const underWay = new Set<string>();
  /** Until when the quota of a provider is spent, ms of performance.now(). */
  const spentUntil = new Map<string, number>();
  const maxSpentMs = MAX_SPENT_SWEEPS * deps.intervalMs;
  let isBusy = false;

  async function askProvider(name: string): Promise<void> {
    underWay.add(name);
    try {
      let together = MAX_TOGETHER;
      while (!deps.isStopped()) {
        const holders = Array.from({ length: together }, newUuid);
        const leased = await waiting.claimWaiting(name, holders);
        const waits = await Promise.all(leased.map(resume));
        const spentMs = Math.max(0, ...waits);
        const isLast = spentMs > 0 && together === 1;
        if (isLast) spentUntil.set(name, performance.now() + Math.min(spentMs, maxSpentMs));
        if (isLast || leased.length < together) return;
        // Requests under way count as sent late, so what is left is only known once they have ended.
        if (spentMs > 0) together = 1;
      }
    } finally {
      underWay.delete(name);
    }
  }

  /** Returns for how long no quota is left for it, ms. */
  async function resume(held: WaitingLookup): Promise<number> {
    const [providers, settings] = await Promise.all([deps.providers(), deps.settings()]);
    const asked = providers.filter(({ provider }) => provider.name === held.providerName);
    const indicator = await deps.findIndicator(held.type, held.value);
    const [lookup] = indicator ? planLookups(indicator, asked, settings, new Date()) : [];
    if (!lookup) {
      await store.remove(held);
      deps.onDropped(held.providerName, 'not_asked');
      await waiting.tellDropped([{ ...held, reason: WHY_DROPPED.not_asked }]);
      return 0;
    }
    if (lookup.isCached) {
      await store.remove(held);
      await deps.completer.complete(answerOf(lookup.subject.id, held));
      return 0;
    }
    return await deps.outside.resume(lookup, held);
  }

  return {
    pauseMs: () => (isBusy ? deps.intervalMs : deps.intervalMs * IDLE_FACTOR),

    async sweep() {
      await waiting.adoptAbandoned(MAX_ROWS);
      const names = (await deps.providers())
        .filter(({ provider }) => provider.reach !== 'local')
        .map(({ provider }) => provider.name);
      const found = await waiting.findWaiting(names);
      isBusy = found.length > 0;
      for (const name of found) {
        if (underWay.has(name) || performance.now() < (spentUntil.get(name) ?? 0)) continue;
        background.run(askProvider(name));
      }
    },

    async tidy() {
      const expired = await waiting.deleteExpired({
        maxWaitSeconds: deps.maxWaitSeconds,
        reason: WHY_DROPPED.expired,
        limit: MAX_ROWS,
      });
      for (const [name, count] of expired) deps.onDropped(name, 'expired', count);
      while (await deps.completer.completeMissed());
      deps.onCounted(await waiting.countWaiting());
    },
  };
}

const answerOf = (indicatorId: string, { providerName }: WaitingLookup) => ({
  indicatorId,
  providerName,
});
