import { type Malice } from '@calseta/common';
import { type EnrichmentSummary, type ProviderSummary } from './summarize-outcomes.js';

/** The detail of the activity row: what each provider was asked and how it answered. */
export function toEnrichmentActivity(
  summary: EnrichmentSummary,
  facts: { malice: Malice; indicators: number; waitMs: number; workMs: number },
): Record<string, unknown> {
  const providers: Record<string, ProviderActivity> = {};
  for (const [name, provider] of Object.entries(summary.providers))
    providers[name] = toProviderActivity(provider);
  return {
    status: summary.status,
    malice: facts.malice,
    indicators: facts.indicators,
    succeeded: summary.succeeded,
    not_found: summary.notFound,
    failed: summary.failed,
    providers,
    wait_ms: Math.max(0, facts.waitMs),
    work_ms: facts.workMs,
  };
}

type ProviderActivity = {
  found: number;
  not_found: number;
  failed: number;
  skipped?: number;
  cached: number;
  max_duration_ms: number;
  errors?: string[];
};

function toProviderActivity(provider: ProviderSummary): ProviderActivity {
  const activity: ProviderActivity = {
    found: provider.found,
    not_found: provider.notFound,
    failed: provider.failed,
    cached: provider.cached,
    max_duration_ms: provider.maxDurationMs,
  };
  if (provider.skipped > 0) activity.skipped = provider.skipped;
  if (provider.errors.length > 0) activity.errors = provider.errors;
  return activity;
}
