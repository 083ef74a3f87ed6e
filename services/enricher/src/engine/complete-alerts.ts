import { batched } from '@calseta/async';
import {
  type CompletionStore,
  type EnrichmentStore,
  type IndicatorToEnrich,
} from '@calseta/database';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';
import { judgeAlert } from '../domain/verdict.js';
import { type Background } from './background.js';
import { type Engine } from './engine.js';

export type StoredAnswer = { indicatorId: string; providerName: string };

export type CompleteAlertsDeps = {
  store: Pick<EnrichmentStore, 'loadIndicators' | 'saveVerdicts' | 'saveResults'>;
  completions: CompletionStore;
  engine: Pick<Engine, 'judge'>;
  background: Background;
};

export type AlertCompleter = {
  /** Judges an indicator by a new answer, and completes the alerts that went on without it. */
  complete(answer: StoredAnswer): Promise<void>;
  /** The same for an answer that missed the deadline of its alert, and may not be stored yet. */
  storeLateAnswer(subject: IndicatorToEnrich, outcome: ProviderOutcome): Promise<void>;
  /** Looks whether the answers that an alert went on without have come while it was stored. */
  lookFor(missing: readonly StoredAnswer[]): void;
  /** Completes alerts whose answers came unnoticed; returns whether there may be more of them. */
  completeMissed(): Promise<boolean>;
};

/** Alerts that one transaction completes. */
const MAX_COMPLETIONS = 100;
/** Missing answers that are looked for in one query. */
const MAX_LOOKED_FOR = 2_000;

export function alertCompleter({
  store,
  completions,
  engine,
  background,
}: CompleteAlertsDeps): AlertCompleter {
  async function judge(indicatorIds: readonly string[]): Promise<void> {
    const indicators = await store.loadIndicators([...new Set(indicatorIds)]);
    const verdicts = await Promise.all(
      indicators.map(async (indicator) => ({
        indicatorId: indicator.id,
        ...(await engine.judge(indicator)),
      })),
    );
    await store.saveVerdicts(verdicts);
  }

  const complete = batched(async (answers: StoredAnswer[]): Promise<undefined[]> => {
    await judge(answers.map(({ indicatorId }) => indicatorId));
    for (;;) {
      const due = await completions.findOf(answers, MAX_COMPLETIONS);
      await completions.complete(due, judgeAlert);
      if (due.length < MAX_COMPLETIONS) return answers.map(() => undefined);
    }
  });

  const look = batched(
    async (missing: (readonly StoredAnswer[])[]): Promise<undefined[]> => {
      const came = await completions.findOf(missing.flat(), MAX_COMPLETIONS);
      await Promise.all(came.map(async (answer) => await complete(answer)));
      return missing.map(() => undefined);
    },
    { weight: { of: ({ length }) => length, max: MAX_LOOKED_FOR } },
  );

  return {
    complete: async (answer) => await complete(answer),
    lookFor(missing) {
      if (missing.length > 0) background.run(look(missing));
    },

    async storeLateAnswer({ id }, outcome) {
      if (!outcome.isStored) await store.saveResults([{ ...outcome, indicatorId: id }]);
      await complete({ indicatorId: id, providerName: outcome.providerName });
    },

    async completeMissed() {
      const due = await completions.findAll(MAX_COMPLETIONS);
      if (due.length > 0) await judge(due.map(({ indicatorId }) => indicatorId));
      await completions.complete(due, judgeAlert);
      return due.length === MAX_COMPLETIONS;
    },
  };
}
