import { setMaxListeners } from 'node:events';
import { type LookupResult } from '@calseta/common';
import { preferResult } from './domain/cache.js';
import { type EngineSubject, planLookups, type Question } from './domain/plan-lookups.js';
import { type ProviderOutcome } from './domain/summarize-outcomes.js';
import { toOutcome } from './domain/to-outcome.js';
import { judgeIndicator, type Opinion, type Verdict } from './domain/verdict.js';
import { type Lookup } from './guards/guard.js';
import { type ProviderSettings, type RegisteredProvider } from './provider.js';
import { settleWithin } from './settle-within.js';

export type Enriched<S> = { subject: S; outcomes: ProviderOutcome[]; verdict: Verdict };

export type EnrichOptions<S> = {
  deadlineMs: number;
  /** Hears of each answer that came after the deadline. */
  onLate(subject: S, outcome: ProviderOutcome): Promise<void>;
};

export type Engine = {
  /**
   * Asks all providers about all subjects at once. What is not there at the deadline stands as timed
   * out; that lookup goes on, and its answer is handed to `onLate`.
   */
  enrich<S extends EngineSubject>(
    subjects: readonly S[],
    options: EnrichOptions<S>,
  ): Promise<Enriched<S>[]>;
  /** What the stored answers about a subject amount to. */
  judge(subject: EngineSubject): Promise<Verdict>;
  /** Tells late lookups to stop and waits for them; each is bounded by its provider's time-out. */
  drain(): Promise<void>;
};

export type EngineOptions = {
  providers: readonly RegisteredProvider[];
  /** Settings by provider name, where the configuration has any. */
  settings(): Promise<ReadonlyMap<string, ProviderSettings>>;
  lookup: Lookup;
  /** Hears of every outcome once, late ones as timed out. */
  observe(outcome: ProviderOutcome): void;
  /** Hears of late answers that could not be handed over. */
  onError(error: unknown): void;
};

/** Makes the engine that alerts and on-demand lookups share. */
export function createEngine(options: EngineOptions): Engine {
  const stop = new AbortController();
  // One listener for each lookup in work, whose number the prefetch bounds.
  setMaxListeners(0, stop.signal);
  const late = new Set<Promise<void>>();

  async function answer(question: Question): Promise<ProviderOutcome> {
    const { provider, settings, subject, stored, isCached } = question;
    if (stored && isCached) return { ...stored, cached: true, durationMs: 0 };
    const startedAt = performance.now();
    const given = await options.lookup({ provider, settings, subject, context: stop });
    const durationMs = Math.round(performance.now() - startedAt);
    return toOutcome(question, given, { fetchedAt: new Date(), durationMs });
  }

  function follow(work: Promise<void>): void {
    const followed = work.catch(options.onError).finally(() => late.delete(followed));
    late.add(followed);
  }

  return {
    async enrich(subjects, { deadlineMs, onLate }) {
      const configured = await options.settings();
      const now = new Date();
      const plans = subjects.map((subject) =>
        planLookups(subject, options.providers, configured, now),
      );
      const lookups = plans.flat().map((question) => ({ question, promise: answer(question) }));
      const promises = lookups.map(({ promise }) => promise);
      const inTime = await settleWithin(promises, deadlineMs);
      const outcomes = new Map<Question, ProviderOutcome>();
      lookups.forEach(({ question, promise }, index) => {
        const outcome = inTime[index];
        if (!outcome) follow(promise.then(async (it) => await onLate(question.subject, it)));
        outcomes.set(question, outcome ?? missedDeadline(question, deadlineMs));
      });
      outcomes.forEach((outcome) => options.observe(outcome));
      return subjects.map((subject, index) => conclude(subject, plans[index] ?? [], outcomes));
    },

    async judge(subject) {
      const plan = planLookups(subject, options.providers, await options.settings(), new Date());
      return judgeIndicator(plan.flatMap((question) => toOpinion(question, question.stored) ?? []));
    },

    async drain() {
      stop.abort();
      await Promise.all(late);
    },
  };
}

const missedDeadline = (question: Question, deadlineMs: number): ProviderOutcome =>
  toOutcome(
    question,
    { kind: 'timeout', afterMs: deadlineMs },
    { fetchedAt: new Date(), durationMs: deadlineMs },
  );

function conclude<S extends EngineSubject>(
  subject: S,
  plan: readonly Question[],
  answers: ReadonlyMap<Question, ProviderOutcome>,
): Enriched<S> {
  const outcomes = plan.flatMap((question) => answers.get(question) ?? []);
  const opinions = plan.flatMap((question) => toOpinion(question, answers.get(question)) ?? []);
  return { subject, outcomes, verdict: judgeIndicator(opinions) };
}

/** An earlier answer keeps its weight while the provider cannot be reached. */
function toOpinion(
  { provider, settings, stored }: Question,
  newest: LookupResult | undefined,
): Opinion | undefined {
  if (!newest) return undefined;
  const { malice } = preferResult(stored, newest);
  return { provider: provider.name, malice, reliability: settings.reliability };
}
