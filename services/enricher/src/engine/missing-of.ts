import { isAnswer } from '@calseta/common';
import { type IndicatorToEnrich, type MissingLookup } from '@calseta/database';
import { isMissing, type ProviderOutcome } from '../domain/summarize-outcomes.js';

type Answered = { subject: IndicatorToEnrich; outcomes: readonly ProviderOutcome[] };

/** The answers that an alert goes on without, and when the earlier ones came that it has instead. */
export const missingOf = (enriched: readonly Answered[]): MissingLookup[] =>
  enriched.flatMap(({ subject, outcomes }) =>
    outcomes.filter(isMissing).map(({ providerName }) => {
      const known = subject.results.find((result) => result.providerName === providerName);
      const knownAt = known && isAnswer(known) ? { knownAt: known.fetchedAt } : {};
      return { indicatorId: subject.id, providerName, ...knownAt };
    }),
  );
