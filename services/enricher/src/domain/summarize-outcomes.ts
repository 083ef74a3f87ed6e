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
  const providers = new Map<string, ProviderSummary>();
  const reasons = new Map<string, Set<string>>();
  for (const outcome of outcomes) {
    const { providerName: name } = outcome;
    let provider = providers.get(name);
    if (!provider) providers.set(name, (provider = nothingYet()));
    count(outcome, provider);
    if (isMissing(outcome)) reasons.set(name, addError(outcome, reasons.get(name)));
  }
  const summary: EnrichmentSummary = {
    status: statusOf(outcomes),
    succeeded: [],
    notFound: [],
    failed: [],
    reasons: {},
    providers: Object.fromEntries(providers),
  };
  for (const [name, { found, notFound, failed }] of providers) {
    if (found > 0) summary.succeeded.push(name);
    else if (notFound > 0) summary.notFound.push(name);
    if (failed > 0) summary.failed.push(name);
  }
  for (const [name, errors] of reasons)
    summary.reasons[name] = [...errors].slice(0, MAX_ERRORS).join(' ');
  return summary;
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
  if (!outcomes.some(isMissing)) return 'Enriched';
  return outcomes.some(isAnswer) ? 'Partial' : 'Failed';
}

const nothingYet = (): ProviderSummary => ({
  found: 0,
  notFound: 0,
  failed: 0,
  skipped: 0,
  cached: 0,
  maxDurationMs: 0,
  errors: [],
});

function count(outcome: ProviderOutcome, provider: ProviderSummary): void {
  const { status, cached, durationMs, error } = outcome;
  if (status === 'success') provider.found += 1;
  else if (status === 'not_found') provider.notFound += 1;
  else if (status === 'skipped') provider.skipped += 1;
  else provider.failed += 1;
  if (cached) provider.cached += 1;
  provider.maxDurationMs = Math.max(provider.maxDurationMs, durationMs);
  const { errors } = provider;
  if (error !== undefined && errors.length < MAX_ERRORS && !errors.includes(error))
    errors.push(error);
}

const addError = ({ error }: ProviderOutcome, errors = new Set<string>()): Set<string> =>
  error === undefined ? errors : errors.add(error);
