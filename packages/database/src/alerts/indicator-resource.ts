import { formatTimestamp, type Classification, type IndicatorResource } from '@calseta/common';
import { type EnrichmentResult, type Indicator } from '../generated/client.js';

/** An indicator with the answers of providers. */
export const toIndicator = (
  row: Indicator & { results: EnrichmentResult[] },
): IndicatorResource => ({
  uuid: row.id,
  type: row.type,
  value: row.value,
  ...(row.displayValue !== null && { display_value: row.displayValue }),
  classification: row.classification as Classification,
  is_malformed: row.isMalformed,
  malice: row.maliceOverride ?? row.malice,
  ...(row.maliceOverride !== null && { malice_override: row.maliceOverride }),
  malice_reasons: row.maliceReasons,
  first_seen_at: formatTimestamp(row.firstSeenAt),
  last_seen_at: formatTimestamp(row.lastSeenAt),
  enrichment_results: Object.fromEntries(
    row.results.map((result) => [
      result.providerName,
      {
        status: result.status,
        extracted: result.extracted as Record<string, unknown>,
        malice: result.malice,
        fetched_at: formatTimestamp(result.fetchedAt),
      },
    ]),
  ),
});
