import { type EnrichmentStatus, isAnswer, type LookupResult } from '@calseta/common';

export type ProviderOutcome = LookupResult & {
  /** Taken from an earlier lookup. */
  cached: boolean;
  /** Follows from what is stored about the indicator. */
  isDerived?: boolean;
  durationMs: number;
  /** Stored when it came; the others are stored with the alert. */
  isStored?: boolean;
};

export type ProviderSummary = {
  found: number;
  notFound: number;
  failed: number;
  /** Not asked, by its settings or the TLP of the alert. */
  skipped: number;
  cached: number;
  maxDurationMs: number;
  /** Distinct, at most MAX_ERRORS. */
  errors: string[];
};

export type EnrichmentSummary = {
  status: EnrichmentStatus;
  /** Providers that know something about an indicator. */
  succeeded: string[];
  /** Providers that answered, and know nothing about any indicator. */
  notFound: string[];
  /** Providers that owe an answer about an indicator; they may have answered about another. */
  failed: string[];
  /** Why those that failed did, by name. */
  reasons: Record<string, string>;
  providers: Record<string, ProviderSummary>;
};

const MAX_ERRORS = 3;

/** Summarizes the lookups of one alert by provider, in the order in which they were asked first. */
export function summarizeOutcomes(outcomes: readonly ProviderOutcome[]): EnrichmentSummary {
  const byProvider = new Map<string, ProviderOutcome[]>();
  for (const outcome of outcomes) {
    const own = byProvider.get(outcome.providerName);
    if (own) own.push(outcome);
    else byProvider.set(outcome.providerName, [outcome]);
  }
  const asked = [...byProvider].map(([name, own]) => ({ name, own }));
  const providers = asked.map(({ name, own }) => ({ name, ...summarize(own) }));
  const namesOf = (wanted: (provider: ProviderSummary) => boolean) =>
    providers.filter(wanted).map(({ name }) => name);
  return {
    status: statusOf(outcomes.filter(isAsked)),
    succeeded: namesOf(({ found }) => found > 0),
    notFound: namesOf(({ found, notFound }) => found === 0 && notFound > 0),
    failed: namesOf(({ failed }) => failed > 0),
    reasons: Object.fromEntries(
      asked
        .map(({ name, own }) => ({ name, missing: own.filter(isMissing) }))
        .filter(({ missing }) => missing.length > 0)
        .map(({ name, missing }) => [name, errorsOf(missing).join(' ')]),
    ),
    providers: Object.fromEntries(providers.map(({ name, ...summary }) => [name, summary])),
  };
}

/** Neither stored before nor derived from what is stored. */
export const isNew = (outcome: ProviderOutcome): boolean =>
  isAsked(outcome) && !outcome.cached && outcome.isDerived !== true;

/** What is not stored yet. */
export const isToStore = (outcome: ProviderOutcome): boolean =>
  isNew(outcome) && outcome.isStored !== true;

/** Whether an alert goes on without an answer that it should have; nobody misses what was skipped. */
export const isMissing = (outcome: Pick<LookupResult, 'status'>): boolean =>
  isAsked(outcome) && !isAnswer(outcome);

const isAsked = ({ status }: Pick<LookupResult, 'status'>): boolean => status !== 'skipped';

/** Without any lookup nothing is missing, so the alert counts as enriched. */
function statusOf(outcomes: readonly ProviderOutcome[]): EnrichmentStatus {
  if (outcomes.every(isAnswer)) return 'Enriched';
  return outcomes.some(isAnswer) ? 'Partial' : 'Failed';
}

function summarize(outcomes: readonly ProviderOutcome[]): ProviderSummary {
  const count = (wanted: (outcome: ProviderOutcome) => boolean) => outcomes.filter(wanted).length;
  return {
    found: count(({ status }) => status === 'success'),
    notFound: count(({ status }) => status === 'not_found'),
    failed: count(isMissing),
    skipped: count((outcome) => !isAsked(outcome)),
    cached: count(({ cached }) => cached),
    maxDurationMs: outcomes.reduce((max, { durationMs }) => Math.max(max, durationMs), 0),
    errors: errorsOf(outcomes),
  };
}

const errorsOf = (outcomes: readonly ProviderOutcome[]): string[] =>
  [...new Set(outcomes.flatMap(({ error }) => error ?? []))].slice(0, MAX_ERRORS);
