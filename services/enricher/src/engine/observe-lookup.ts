import { LOOKUP_STATUSES } from '@calseta/common';
import { type Metrics } from '@calseta/platform';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';

/** Counts and times lookups. The series of the named providers begin at 0, those of others when they are asked. */
export function lookupObserver(
  metrics: Metrics,
  providers: readonly string[],
): (outcome: ProviderOutcome) => void {
  const lookups = metrics.counter(
    'calseta_provider_lookups_total',
    'Provider lookups by outcome.',
    {
      provider: providers,
      outcome: LOOKUP_STATUSES,
      cached: ['true', 'false'],
    },
  );
  const duration = metrics.histogram(
    'calseta_provider_lookup_duration_seconds',
    'Time of a provider lookup, retries included.',
    { provider: providers },
  );
  return function observeLookup({ providerName: provider, status: outcome, cached, durationMs }) {
    lookups.inc({ provider, outcome, cached: String(cached) });
    if (!cached) duration.observe({ provider }, durationMs / 1_000);
  };
}
