import { type ProviderHealthStore, type ProviderObservation } from '@calseta/database';
import { type GuardedAnswer } from '../domain/provider.js';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';

export type ProviderHealth = {
  /** What a provider said, and for how long it is left alone now, ms. */
  answered(providerName: string, answer: GuardedAnswer, leftAloneMs: number): void;
  /** Counts a lookup, and whether the cache answered it. */
  counted(outcome: ProviderOutcome): void;
  /** Stores what has not been stored. */
  flush(): Promise<void>;
};

export type ProviderHealthDeps = {
  store: Pick<ProviderHealthStore, 'record'>;
  /** Called for refused credentials, which somebody has to mend. */
  onAuthFault(providerName: string, reason: string): void;
};

/** Gathers how the providers outside answer, so that operators see it; stored now and then, in one statement. */
export function createProviderHealth({ store, onAuthFault }: ProviderHealthDeps): ProviderHealth {
  let news = new Map<string, ProviderObservation>();
  const leftAlone = new Set<string>();

  const observationOf = (providerName: string): ProviderObservation => {
    const known = news.get(providerName) ?? { providerName, lookupCount: 0, cachedCount: 0 };
    news.set(providerName, known);
    return known;
  };

  return {
    answered(providerName, answer, leftAloneMs) {
      const observation = observationOf(providerName);
      const now = new Date();
      const failure = failureOf(answer);
      if (failure) observation.lastFailure = { at: now, ...failure };
      else observation.lastSuccessAt = now;
      if (failure?.kind === 'auth') onAuthFault(providerName, failure.reason);
      if (leftAloneMs > 0) {
        leftAlone.add(providerName);
        observation.leftAloneUntil = new Date(now.getTime() + leftAloneMs);
      } else if (leftAlone.delete(providerName)) {
        observation.leftAloneUntil = null;
      }
    },

    counted({ providerName, cached }) {
      const observation = observationOf(providerName);
      observation.lookupCount += 1;
      if (cached) observation.cachedCount += 1;
    },

    async flush() {
      const told = news;
      news = new Map();
      await store.record([...told.values()]);
    },
  };
}

function failureOf(
  answer: GuardedAnswer,
): Omit<NonNullable<ProviderObservation['lastFailure']>, 'at'> | undefined {
  switch (answer.kind) {
    case 'unavailable':
      return { kind: answer.fault ?? 'refused', reason: answer.reason };
    case 'quota':
      return { kind: 'quota', reason: answer.reason };
    case 'timeout':
      return { kind: 'timeout', reason: `No answer within ${answer.afterMs} ms.` };
    default:
      return undefined;
  }
}
