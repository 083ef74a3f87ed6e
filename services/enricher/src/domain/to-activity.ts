import { type Malice } from '@calseta/common';
import { type EnrichmentSummary } from './summarize-outcomes.js';

/** The detail of the activity row: what each provider was asked and how it answered. */
export const toEnrichmentActivity = (
  summary: EnrichmentSummary,
  facts: { malice: Malice; indicators: number; waitMs: number; workMs: number },
): Record<string, unknown> => ({
  status: summary.status,
  malice: facts.malice,
  indicators: facts.indicators,
  succeeded: summary.succeeded,
  not_found: summary.notFound,
  failed: summary.failed,
  providers: Object.fromEntries(
    Object.entries(summary.providers).map(([name, provider]) => [
      name,
      {
        found: provider.found,
        not_found: provider.notFound,
        failed: provider.failed,
        ...(provider.skipped > 0 && { skipped: provider.skipped }),
        cached: provider.cached,
        max_duration_ms: provider.maxDurationMs,
        ...(provider.errors.length > 0 && { errors: provider.errors }),
      },
    ]),
  ),
  wait_ms: Math.max(0, facts.waitMs),
  work_ms: facts.workMs,
});
