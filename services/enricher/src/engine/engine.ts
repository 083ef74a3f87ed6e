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
import { settleWithin } from './settle-within.js';

export type Enriched<S> = { subject: S; outcomes: ProviderOutcome[]; verdict: Verdict };

export type EnrichOptions<S> = LookupScope & {
  deadlineMs: number;
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
  /** The verdict that the stored answers about a subject amount to. */
  judge(subject: EngineSubject): Promise<Verdict>;
  /** Aborts late lookups and waits for them; the time-out of its provider bounds each. */
  drain(): Promise<void>;
};

export type EngineOptions = {
  /** Those that are configured now. */
  providers(): Promise<readonly RegisteredProvider[]>;
  /** Settings by provider name, where the configuration has any. */
  settings(): Promise<ReadonlyMap<string, ProviderSettings>>;
  lookup: PerformLookup;
  /** Called once for every outcome; a late one counts as timed out. */
  observe(outcome: ProviderOutcome): void;
  /** Called when `onLate` fails. */
  onError(error: unknown): void;
};

/** The engine behind both alerts and lookups on demand. */
export function createEngine(options: EngineOptions): Engine {
  const stop = new AbortController();
  // One listener for each lookup under way; the prefetch bounds their number.
  setMaxListeners(0, stop.signal);
  const late = new Set<Promise<void>>();

  async function answer(lookup: Lookup): Promise<ProviderOutcome> {
    const { provider, settings, subject, stored, isCached, skipReason } = lookup;
    if (stored && isCached) {
      const isDerived = provider.derive !== undefined;
      return { ...stored, cached: !isDerived, isDerived, durationMs: 0 };
    }
    if (skipReason !== undefined) {
      const skipped = { kind: 'skipped', reason: skipReason } as const;
      return toOutcome(lookup, skipped, { fetchedAt: new Date(), durationMs: 0 });
    }
    const startedAt = performance.now();
    const given = await options.lookup({ provider, settings, subject, context: stop });
    const durationMs = Math.round(performance.now() - startedAt);
    return toOutcome(lookup, given, { fetchedAt: new Date(), durationMs });
  }

  function follow(work: Promise<void>): void {
    const followed = work.catch(options.onError).finally(() => late.delete(followed));
    late.add(followed);
  }

  return {
    async enrich(subjects, { deadlineMs, onLate, ...scope }) {
      const [providers, settings] = await Promise.all([options.providers(), options.settings()]);
      const now = new Date();
      const plans = subjects.map((subject) =>
        planLookups(subject, providers, settings, now, scope),
      );
      const asked = plans.flat().map((lookup) => ({ lookup, promise: answer(lookup) }));
      const inTime = await settleWithin(
        asked.map(({ promise }) => promise),
        deadlineMs,
      );
      const outcomes = new Map<Lookup, ProviderOutcome>();
      asked.forEach(({ lookup, promise }, index) => {
        const outcome = inTime[index];
        if (!outcome) follow(promise.then(async (it) => await onLate(lookup.subject, it)));
        outcomes.set(lookup, outcome ?? missedDeadline(lookup, deadlineMs));
      });
      outcomes.forEach((outcome) => options.observe(outcome));
      return subjects.map((subject, index) => conclude(subject, plans[index] ?? [], outcomes));
    },

    async judge(subject) {
      const [providers, settings] = await Promise.all([options.providers(), options.settings()]);
      const plan = planLookups(subject, providers, settings, new Date());
      return judgeIndicator(plan.flatMap((lookup) => verdictOf(lookup, lookup.stored) ?? []));
    },

    async drain() {
      stop.abort();
      await Promise.all(late);
    },
  };
}

const missedDeadline = (lookup: Lookup, deadlineMs: number): ProviderOutcome =>
  toOutcome(
    lookup,
    { kind: 'timeout', afterMs: deadlineMs },
    { fetchedAt: new Date(), durationMs: deadlineMs },
  );

function conclude<S extends EngineSubject>(
  subject: S,
  plan: readonly Lookup[],
  answers: ReadonlyMap<Lookup, ProviderOutcome>,
): Enriched<S> {
  const outcomes = plan.flatMap((lookup) => answers.get(lookup) ?? []);
  const verdicts = plan.flatMap((lookup) => verdictOf(lookup, answers.get(lookup)) ?? []);
  return { subject, outcomes, verdict: judgeIndicator(verdicts) };
}

/** An earlier answer keeps its weight while the provider is unavailable. */
function verdictOf(
  { provider, settings, stored }: Lookup,
  newest: LookupResult | undefined,
): ProviderVerdict | undefined {
  if (!newest) return undefined;
  const { malice, reasons } = preferResult(stored, newest);
  return { provider: provider.name, malice, reliability: settings.reliability, reasons };
}
