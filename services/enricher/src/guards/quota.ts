import { type ProviderQuotaStore } from '@calseta/database';
import { type GuardedAnswer, type LookupContext, type RequestCounter } from '../domain/provider.js';
import { type Guard } from './guard.js';
import { reserveRequests } from './reserve-requests.js';

export type QuotaDeps = { quotaStore: ProviderQuotaStore };

/** Without a wait hint, a provider that wants to be asked later is left alone for so long. */
const DEFAULT_WAIT_SECONDS = 60;
const SECOND_MS = 1_000;

/** A quota that is spent is not asked for again by the same turn for so long at most. */
const MAX_REMEMBERED_MS = 1_000;

/** Reserves what a lookup may send before it sends anything; nobody waits for a quota that is spent. */
export const quota =
  ({ quotaStore }: QuotaDeps): Guard =>
  (next) => {
    const spent = rememberSpent();
    return async function lookUpWithinQuota(request) {
      const { provider, settings, subject } = request;
      if (!provider.quota) return await next(request);
      const units = provider.quota.units(subject.type);
      const tooSmall = provider.quota.quotas.find(({ limit }) => limit < units);
      if (tooSmall) return neverEnough(units, tooSmall.limit);
      const turn = request.turn ?? 'normal';
      const key = [provider.name, turn, units].join(' ');
      const freeInMs = spent.freeInMs(key);
      if (freeInMs > 0) return { kind: 'spent', freeInMs };
      const allowance = await reserveRequests(quotaStore, {
        providerName: provider.name,
        units,
        quotas: provider.quota.quotas,
        holdMs: settings.timeoutMs,
        turn,
      });
      if (!allowance.isGranted) {
        if (allowance.isOthersTurn) return { kind: 'not_its_turn' };
        spent.remember(key, allowance.freeInMs);
        return { kind: 'spent', freeInMs: allowance.freeInMs };
      }
      try {
        const context = new CountedContext(request.context, allowance);
        const answer = await next({ ...request, context });
        if (answer.kind !== 'quota') return answer;
        const { waitSeconds = DEFAULT_WAIT_SECONDS } = answer;
        await quotaStore.close(provider.name, waitSeconds);
        return answer;
      } finally {
        await allowance.settle();
      }
    };
  };

/** For a moment, so that thousands of lookups do not ask the database for the same quota. */
function rememberSpent() {
  const freeAt = new Map<string, number>();
  return {
    freeInMs: (key: string): number => (freeAt.get(key) ?? 0) - performance.now(),
    remember(key: string, freeInMs: number): void {
      freeAt.set(key, performance.now() + Math.min(freeInMs, MAX_REMEMBERED_MS));
    },
  };
}

const neverEnough = (units: number, limit: number): GuardedAnswer => ({
  kind: 'unavailable',
  reason: `A lookup may send ${units} requests, and a quota allows ${limit}.`,
});

/** How long a lookup waits that the vendor has put off, ms. */
export const putOffMs = (answer: GuardedAnswer & { kind: 'quota' }): number =>
  (answer.waitSeconds ?? DEFAULT_WAIT_SECONDS) * SECOND_MS;

/** Leaves the signal of the outer context uncreated until somebody reads it. */
class CountedContext implements LookupContext {
  readonly #outer: LookupContext;
  readonly requests: RequestCounter;

  constructor(outer: LookupContext, requests: RequestCounter) {
    this.#outer = outer;
    this.requests = requests;
  }

  get signal(): AbortSignal {
    return this.#outer.signal;
  }
}
