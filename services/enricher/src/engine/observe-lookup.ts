import { LOOKUP_STATUSES } from '@calseta/common';
import { type Metrics } from '@calseta/platform';
import { type ProviderOutcome } from '../domain/summarize-outcomes.js';

/** Counts and times lookups. The series of the named providers begin at 0, those of others when they are asked. */
export function lookupObserver(
  metrics: Metrics,
  providers: readonly string[],
): (outcomes: readonly ProviderOutcome[]) => void {
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
  return function observeLookups(outcomes) {
    for (const [outcome, count] of tally(outcomes)) {
      const { providerName: provider, status, cached } = outcome;
      lookups.inc({ provider, outcome: status, cached: String(cached) }, count);
    }
    for (const { providerName: provider, cached, durationMs } of outcomes)
      if (!cached) duration.observe({ provider }, durationMs / 1_000);
  };
}

/** One outcome of each kind, and how many there are: a metric takes longer to find than to raise. */
function tally(outcomes: readonly ProviderOutcome[]): Iterable<[ProviderOutcome, number]> {
  const counts = new Map<string, [ProviderOutcome, number]>();
  for (const outcome of outcomes) {
    const key = `${outcome.providerName} ${outcome.status} ${outcome.cached ? 'cached' : ''}`;
    const known = counts.get(key);
    if (known) known[1] += 1;
    else counts.set(key, [outcome, 1]);
  }
  return counts.values();
}
