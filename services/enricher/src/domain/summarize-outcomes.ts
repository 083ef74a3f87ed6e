import { type EnrichmentStatus, isAnswer, type LookupResult } from '@calseta/common';

export type ProviderOutcome = LookupResult & {
  /** Taken from an earlier lookup. */
  cached: boolean;
  durationMs: number;
};

export type ProviderSummary = {
  found: number;
  notFound: number;
  failed: number;
  cached: number;
  maxDurationMs: number;
  /** Distinct, at most MAX_ERRORS. */
  errors: string[];
};

export type EnrichmentSummary = {
  status: EnrichmentStatus;
  /** Providers that answered everything they were asked. */
  succeeded: string[];
  /** Providers with at least one lookup that failed. */
  failed: string[];
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
  const [failed, succeeded] = [false, true].map((wanted) =>
    asked.filter(({ own }) => own.every(isAnswer) === wanted).map(({ name }) => name),
  ) as [string[], string[]];
  return {
    status: statusOf(outcomes),
    succeeded,
    failed,
    providers: Object.fromEntries(asked.map(({ name, own }) => [name, summarize(own)])),
  };
}

/** Without any lookup nothing is missing, so the alert counts as enriched. */
function statusOf(outcomes: readonly ProviderOutcome[]): EnrichmentStatus {
  if (outcomes.every(isAnswer)) return 'Enriched';
  return outcomes.some(isAnswer) ? 'Partial' : 'Failed';
}

function summarize(outcomes: readonly ProviderOutcome[]): ProviderSummary {
  const count = (wanted: (outcome: ProviderOutcome) => boolean) => outcomes.filter(wanted).length;
  const errors = outcomes.flatMap(({ error }) => error ?? []);
  return {
    found: count(({ status }) => status === 'success'),
    notFound: count(({ status }) => status === 'not_found'),
    failed: count((outcome) => !isAnswer(outcome)),
    cached: count(({ cached }) => cached),
    maxDurationMs: outcomes.reduce((max, { durationMs }) => Math.max(max, durationMs), 0),
    errors: [...new Set(errors)].slice(0, MAX_ERRORS),
  };
}
