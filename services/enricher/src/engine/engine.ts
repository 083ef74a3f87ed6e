import { setMaxListeners } from 'node:events';
import { type LookupResult } from '@calseta/common';
import { preferResult } from '../domain/cache.js';
import {
  type EngineSubject,
  type Lookup,
  type LookupScope,
  planLookups,
} from '../domain/plan-lookups.js';
import { type ProviderSettings, type RegisteredProvider } from '../domain/provider.js';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { toOutcome } from '../domain/to-outcome.js';
import { judgeIndicator, type ProviderVerdict, type Verdict } from '../domain/verdict.js';
import { type PerformLookup } from '../guards/guard.js';
import { createBackground } from './background.js';
import { type LookupNeed, type OutsideLookups } from './outside-lookups.js';
import { settleWithin } from './settle-within.js';

export type Enriched<S> = { subject: S; outcomes: ProviderOutcome[]; verdict: Verdict };

export type EnrichOptions<S> = LookupScope & {
  deadlineMs: number;
  /** Goes first among those that wait for the same quota. */
  isUrgent?: boolean;
  /** Whether a lookup without quota is asked later, after the deadline. */
  mayWait?: boolean;
  /** Called with each answer that arrives after the deadline. */
  onLate(subject: S, outcome: ProviderOutcome): Promise<void>;
};

export type Engine = {
  /**
   * Asks all providers about all subjects at once. A lookup without an answer at the deadline counts as timed
   * out; it goes on, and its answer is passed to `onLate`.
   */
  enrich<S extends EngineSubject>(
    subjects: readonly S[],
    options: EnrichOptions<S>,
  ): Promise<Enriched<S>[]>;
  /** The lookups of each subject, of which none is asked. */
  plan<S extends EngineSubject>(subjects: readonly S[], scope: LookupScope): Promise<Lookup<S>[][]>;
  /** The verdict that the stored answers about a subject amount to. */
  judge(subject: EngineSubject): Promise<Verdict>;
  /** Waits for late lookups; the time-out of its provider bounds each. */
  drain(): Promise<void>;
};

export type EngineOptions = {
  /** Those that are configured now. */
  providers(): Promise<readonly RegisteredProvider[]>;
  /** Settings by provider name, where the configuration has any. */
  settings(): Promise<ReadonlyMap<string, ProviderSettings>>;
  /** Asks a local provider, through its guards. */
  lookUpLocally: PerformLookup;
  outside: Pick<OutsideLookups, 'lookUp'>;
  /** Aborts lookups when the process stops. */
  signal: AbortSignal;
  /** Called once with every outcome; a late one counts as timed out. */
  observe(outcomes: readonly ProviderOutcome[]): void;
  /** Called when `onLate` fails. */
  onError(error: unknown): void;
};

/** The engine behind both alerts and lookups on demand. */
export function createEngine(options: EngineOptions): Engine {
  const context = { signal: options.signal };
  // One listener for each lookup under way; the prefetch bounds their number.
  setMaxListeners(0, options.signal);
  const late = createBackground(options.onError);

  async function planAll<S extends EngineSubject>(
    subjects: readonly S[],
    scope: LookupScope,
    now = new Date(),
  ): Promise<Lookup<S>[][]> {
    const [providers, settings] = await Promise.all([options.providers(), options.settings()]);
    return subjects.map((subject) => planLookups(subject, providers, settings, now, scope));
  }

  async function ask(lookup: Lookup, need: LookupNeed): Promise<ProviderOutcome> {
    const { provider, settings, subject } = lookup;
    if (provider.reach !== 'local') return await options.outside.lookUp(lookup, need);
    const startedAt = performance.now();
    const answer = await options.lookUpLocally({ provider, settings, subject, context });
    const durationMs = Math.round(performance.now() - startedAt);
    return toOutcome(lookup, answer, { fetchedAt: new Date(), durationMs });
  }

  /** What is not stored; each lookup has an outcome after the deadline at the latest. */
  async function askAll<S extends EngineSubject>(
    lookups: readonly Lookup<S>[],
    { deadlineMs, isUrgent = true, mayWait = false, bypassCache = false, onLate }: EnrichOptions<S>,
  ): Promise<Map<Lookup<S>, ProviderOutcome>> {
    if (lookups.length === 0) return new Map();
    const need = { isUrgent, mayWait, takesKept: !bypassCache };
    const asked = lookups.map((lookup) => ({ lookup, promise: ask(lookup, need) }));
    const inTime = await settleWithin(
      asked.map(({ promise }) => promise),
      deadlineMs,
    );
    const entries = asked.map(({ lookup, promise }, index) => {
      const outcome = inTime[index];
      if (!outcome) late.run(promise.then(async (it) => await onLate(lookup.subject, it)));
      return [lookup, outcome ?? missedDeadline(lookup, deadlineMs)] as const;
    });
    return new Map(entries);
  }

  return {
    plan: planAll,

    async enrich<S extends EngineSubject>(subjects: readonly S[], given: EnrichOptions<S>) {
      const now = new Date();
      const plans = await planAll(subjects, given, now);
      const answers = await askAll(
        plans.flatMap((plan) => plan.filter(isToAsk)),
        given,
      );
      const enriched = subjects.map((subject, index) => {
        const outcomes: ProviderOutcome[] = [];
        const verdicts: ProviderVerdict[] = [];
        for (const lookup of plans[index] ?? []) {
          const outcome = answers.get(lookup) ?? withoutAsking(lookup, now);
          outcomes.push(outcome);
          verdicts.push(verdictOf(lookup, outcome));
        }
        return { subject, outcomes, verdict: judgeIndicator(verdicts) };
      });
      options.observe(enriched.flatMap(({ outcomes }) => outcomes));
      return enriched;
    },

    async judge(subject) {
      const [providers, settings] = await Promise.all([options.providers(), options.settings()]);
      const plan = planLookups(subject, providers, settings, new Date());
      return judgeIndicator(
        plan.flatMap((lookup) => (lookup.stored ? verdictOf(lookup, lookup.stored) : [])),
      );
    },

    drain: async () => await late.settle(),
  };
}

const isToAsk = ({ isCached, skipReason }: Lookup): boolean =>
  !isCached && skipReason === undefined;

/** The stored answer, or why nobody is asked. */
function withoutAsking(lookup: Lookup, now: Date): ProviderOutcome {
  const { stored } = lookup;
  if (lookup.skipReason !== undefined || !stored) {
    const skipped = { kind: 'skipped', reason: lookup.skipReason ?? '' } as const;
    return toOutcome(lookup, skipped, { fetchedAt: now, durationMs: 0 });
  }
  const isDerived = lookup.provider.derive !== undefined;
  const outcome: ProviderOutcome = {
    providerName: stored.providerName,
    configVersion: stored.configVersion,
    status: stored.status,
    extracted: stored.extracted,
    malice: stored.malice,
    fetchedAt: stored.fetchedAt,
    expiresAt: stored.expiresAt,
    cached: !isDerived,
    isDerived,
    durationMs: 0,
  };
  if (stored.reasons) outcome.reasons = stored.reasons;
  return outcome;
}

const missedDeadline = (lookup: Lookup, deadlineMs: number): ProviderOutcome =>
  toOutcome(
    lookup,
    { kind: 'timeout', afterMs: deadlineMs },
    { fetchedAt: new Date(), durationMs: deadlineMs },
  );

/** An earlier answer keeps its weight while the provider is unavailable. */
function verdictOf({ provider, settings, stored }: Lookup, newest: LookupResult): ProviderVerdict {
  const { malice, reasons } = preferResult(stored, newest);
  return { provider: provider.name, malice, reliability: settings.reliability, reasons };
}
